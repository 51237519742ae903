/** Errors within an error that are looked at, so that a chain without an end costs nothing. */
const MAX_CAUSES = 5;

/**
 * Names why a request got no answer: "cannot be reached (ECONNREFUSED)", or without the code where there is none.
 *
 * Reads codes of the system and of TLS from the error, its causes and the first of several; quotes no message, which
 * may hold an address or more.
 */
export function describeNetworkFault(error: unknown): string {
  let one: unknown = error;
  for (let depth = 0; depth < MAX_CAUSES && typeof one === "object" && one !== null; depth += 1) {
    const { code, name, cause, errors } = one as Record<string, unknown>;
    if (typeof code === "string" && /^[A-Z][A-Z0-9_]{2,60}$/.test(code)) {
      return `cannot be reached (${code})`;
    }
    if (name === "TimeoutError") return "cannot be reached (no answer in time)";
    one = cause ?? (Array.isArray(errors) ? errors[0] : undefined);
  }
  return "cannot be reached";
}
