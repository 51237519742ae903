/** Returns whether a text is one scope token (RFC 6749 §3.3). */
export function isScope(text: string): boolean {
  return /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(text);
}

/** Splits a `scope` value into its tokens; an absent or empty one has none (RFC 6749 §3.3). */
export function parseScope(scope: string | undefined): readonly string[] {
  return Object.freeze((scope ?? "").split(" ").filter((token) => token !== ""));
}
