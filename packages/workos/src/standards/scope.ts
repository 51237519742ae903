/** Splits a `scope` value into its tokens; an absent or empty one has none (RFC 6749 §3.3). */
export function parseScope(scope: string | undefined): readonly string[] {
  return Object.freeze((scope ?? "").split(" ").filter((token) => token !== ""));
}
