/**
 * Methods whose requests have a body only when they announce one, and whose body has no meaning of its own.
 *
 * @see RFC 9110 §9.3
 */
export const BODILESS: ReadonlySet<string> = new Set(["GET", "HEAD", "DELETE", "OPTIONS"]);
