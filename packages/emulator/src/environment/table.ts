/** A stored item and when it was made and last changed, in milliseconds since the epoch. */
export type Row<Item> = Readonly<Item> & { readonly createdAt: number; readonly updatedAt: number };

/** The items of one kind, in the order they were made; rows are replaced, never changed in place. */
export interface Table<Item extends { readonly id: string }> {
  all(): readonly Row<Item>[];
  find(id: string): Row<Item> | undefined;
  insert(item: Item): Row<Item>;
  update(id: string, changes: Partial<Item>): Row<Item> | undefined;
  remove(id: string): boolean;
}

/** Called with what became of a row, and which of its fields changed; the items a table begins with are no change. */
export type Observer<Item> = (
  change: "created" | "updated" | "deleted",
  row: Row<Item>,
  fields: readonly string[],
) => void;

export function createTable<Item extends { readonly id: string }>(
  items: readonly Item[],
  now: () => number,
  observe: Observer<Item> = () => undefined,
): Table<Item> {
  const rows = new Map<string, Row<Item>>();

  function insert(item: Item): Row<Item> {
    const time = now();
    const row = { ...item, createdAt: time, updatedAt: time };
    rows.set(item.id, row);
    return row;
  }

  for (const item of items) insert(item);

  return {
    all: () => [...rows.values()],
    find: (id) => rows.get(id),
    insert(item) {
      const row = insert(item);
      observe("created", row, []);
      return row;
    },
    update(id, changes) {
      const row = rows.get(id);
      if (row === undefined) return undefined;
      const changed = { ...row, ...changes, updatedAt: now() };
      rows.set(id, changed);
      observe("updated", changed, Object.keys(changes));
      return changed;
    },
    remove(id) {
      const row = rows.get(id);
      if (row === undefined) return false;
      rows.delete(id);
      observe("deleted", row, []);
      return true;
    },
  };
}
