/** Names that the language and its tools look for on any object. */
const PROBED: ReadonlySet<string> = new Set(["then", "toJSON"]);

/**
 * Makes a view of an object that throws when a member is read that is not there.
 *
 * What a check compares must exist: `undefined !== "member"` would let a member pass. Does NOT reach into nested
 * objects.
 *
 * @param what the object, for the exception's message.
 * @param onRead receives the name of each member that is about to be read, and may throw.
 */
export function strict<Members extends object>(
  members: Members,
  what: string,
  onRead: (name: string) => void = () => undefined,
): Members {
  return new Proxy(members, {
    get(target, name, receiver): unknown {
      if (typeof name === "string" && !(name in target) && !PROBED.has(name)) {
        throw new TypeError(
          `${what} has no member "${name}"; there are ${Object.keys(target).join(", ")}`,
        );
      }
      if (typeof name === "string" && name in target) onRead(name);
      return Reflect.get(target, name, receiver);
    },
  });
}
