/** The members of an object, each read once: a copy that loses none and that nothing changes later. */
export type Members = Readonly<Record<string, unknown>>;

/**
 * Copies every member of an object: own and inherited, enumerable or not, from fields and from getters.
 *
 * `{ ...given }` and `Object.keys()` see own enumerable members only, so that what a class, `Object.create(base)` or
 * `Object.defineProperty()` gives would be lost. Leaves out methods of `Object.prototype`, the `constructor` of a class
 * and members named by symbols.
 *
 * @param names members to read even when the object does not list them, as a proxy may.
 * @returns an object without a prototype; undefined when a getter or a proxy throws.
 * @see ECMA-262 §10.1 (OrdinaryGet, OrdinaryOwnPropertyKeys)
 */
export function readMembers(given: object, names: Iterable<string> = []): Members | undefined {
  const members = Object.create(null) as Record<string, unknown>;
  try {
    const hidden = [...names].filter((name) => !(name in Object.prototype) && name in given);
    for (const name of new Set([...listNames(given), ...hidden])) {
      members[name] = (given as Record<string, unknown>)[name];
    }
    return members;
  } catch {
    return undefined;
  }
}

function listNames(given: object): readonly string[] {
  const names: string[] = [];
  let holder: unknown = given;
  while (typeof holder === "object" && holder !== null && !isRoot(holder)) {
    const isPrototype = holder !== given;
    for (const name of Reflect.ownKeys(holder)) {
      if (typeof name === "string" && !(isPrototype && name === "constructor")) names.push(name);
    }
    holder = Object.getPrototypeOf(holder);
  }
  return names;
}

/** Returns whether an object is `Object.prototype`, of this realm or another. */
function isRoot(holder: object): boolean {
  return Object.getPrototypeOf(holder) === null && Object.hasOwn(holder, "isPrototypeOf");
}

/**
 * Copies a list by its indices, each read once.
 *
 * Does NOT trust methods or iterators of the list, which a subclass may have replaced.
 *
 * @returns undefined when it is no list, has holes or members besides its elements, or throws.
 */
export function readList(given: unknown): readonly unknown[] | undefined {
  if (!Array.isArray(given)) return undefined;
  const list: readonly unknown[] = given;
  try {
    const elements = Array.from({ length: list.length }, (_, at) => list[at]);
    // Every index and "length": a hole has none, and another member would be lost.
    const isWhole =
      Reflect.ownKeys(list).length === elements.length + 1 &&
      elements.every((_, at) => Object.hasOwn(list, at));
    return isWhole ? elements : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the members of an object, and none of anything else. Does NOT copy: only for what JSON was parsed to. */
export function toMembers(value: unknown): Members {
  return typeof value === "object" && value !== null ? (value as Members) : {};
}
