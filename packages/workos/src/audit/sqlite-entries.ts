import type { DatabaseSync } from "node:sqlite";
import { MAX_BACKOFF_MS, type Outbox, type OutboxEntry } from "./outbox.js";
import { toShare } from "./shares.js";
import { createFailedEntries } from "./sqlite-failed-entries.js";
import { readShare, readWaiting, toRow, toWholeMs, type Row } from "./sqlite-rows.js";
import { prepareStatements } from "./sqlite-statements.js";
import { createTally } from "./sqlite-tally.js";

const UNREADABLE = "the row in the file holds no audit log event, so it cannot be sent";

/** What becomes of a row that is no audit log event. */
export type OnUnreadable = (key: string) => void;

/**
 * Makes an outbox of a database whose schema is there. Times are whole milliseconds in the file, whatever is given.
 *
 * A row that cannot be read as an event is set aside with the failed entries, and the others go on.
 *
 * @param capacity entries that wait at most, and failed ones at most.
 */
export function createEntries(
  database: DatabaseSync,
  capacity: number,
  onUnreadable: OnUnreadable = () => undefined,
): Omit<Outbox, "close"> {
  const statements = prepareStatements(database);
  const tally = createTally(statements);
  const { shares } = tally;
  const failedEntries = createFailedEntries(statements, tally, capacity);

  const add = (entry: OutboxEntry, state: "open" | "ready", now: number): void => {
    if (statements.insert.run(...toRow(entry, state, now)).changes === 0) return;
    tally.waiting += 1;
    if (state === "ready") shares.add(toShare(entry.event));
  };

  /** Sets a row aside that is no event; false when that cannot be written now, so that it is only passed over. */
  const setAside = (key: string, now: number): boolean => {
    try {
      failedEntries.bury(key, UNREADABLE, now);
    } catch {
      return false;
    }
    onUnreadable(key);
    return true;
  };

  const due: Outbox["due"] = (organizationId, now, most) => {
    const rows = [
      ...statements.selectDue.all(organizationId, toWholeMs(now), most),
      ...statements.selectAhead.all(organizationId, toWholeMs(now + MAX_BACKOFF_MS), most),
    ] as Row[];
    const found = rows.slice(0, most).flatMap((row) => readWaiting(row) ?? []);
    if (found.length > 0 || rows.length === 0) return found;
    // Behind rows that were set aside there may be entries.
    const wereSetAside = rows.map(({ key }) => setAside(String(key), now));
    return wereSetAside.includes(true) ? due(organizationId, now, most) : [];
  };

  return {
    ...failedEntries,
    put(entry, isReady, now) {
      if (tally.waiting >= capacity) return false;
      add(entry, isReady ? "ready" : "open", now);
      return true;
    },
    adopt(entries, now) {
      const fitting = entries.slice(0, Math.max(0, capacity - tally.waiting));
      for (const entry of fitting) add(entry, "ready", now);
      return fitting.map(({ key }) => key);
    },
    finish({ key, event }, now) {
      const text = JSON.stringify(event);
      if (statements.finishOpen.run(text, toWholeMs(now), key).changes === 1) {
        shares.add(toShare(event));
        return true;
      }
      return statements.finishReady.run(text, key).changes === 1;
    },
    finishAll() {
      if (statements.finishAll.run().changes > 0) tally.recount();
    },
    chooseShare: shares.choose,
    drop(share, which) {
      const statement = which === "oldest" ? statements.dropOldest : statements.dropNewest;
      const { changes } = statement.run(share.isDenied ? 1 : 0, share.caller);
      if (changes === 0) return false;
      tally.waiting -= 1;
      shares.remove(share);
      return true;
    },
    queues() {
      tally.refresh();
      const queues: { organizationId: string; dueAt: number }[] = [];
      let row = statements.firstQueue.get() as Row | undefined;
      while (row !== undefined) {
        const organizationId = String(row["organization_id"]);
        queues.push({ organizationId, dueAt: Number(row["due_at"]) });
        row = statements.nextQueue.get(organizationId) as Row | undefined;
      }
      return queues;
    },
    due,
    note({ key, attempts, firstTriedAt }, dueAt) {
      const first = firstTriedAt === undefined ? null : toWholeMs(firstTriedAt);
      statements.note.run(toWholeMs(dueAt), attempts, first, key);
    },
    hurry: (now) => void statements.hurry.run(toWholeMs(now), toWholeMs(now)),
    remove(key) {
      const [row] = statements.remove.all(key) as Row[];
      if (row === undefined) return;
      if (row["state"] === "dead") tally.failed -= 1;
      else tally.waiting -= 1;
      if (row["state"] === "ready") shares.remove(readShare(row));
    },
    size: () => tally.waiting,
    count() {
      tally.refresh();
      const { oldest: since } = statements.oldest.get() as { oldest: number | null };
      return { waiting: tally.waiting, failed: tally.failed, oldest: since ?? undefined };
    },
  };
}
