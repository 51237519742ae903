/**
 * Returns whether a host name always means this machine: `localhost` and its
 * subdomains (RFC 6761 §6.3), 127.0.0.0/8 and ::1.
 *
 * @param hostname as `URL.hostname` gives it: lower case, IPv6 in brackets.
 */
export function isLoopbackHost(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
  );
}

/**
 * Returns whether a URL may carry tokens: https, or http that never leaves this machine (RFC 9700 §2.6, RFC 8252 §8.3).
 *
 * @param insecureDevelopmentHosts further host names, lower case, that the operator takes for this machine's.
 */
export function isSecureTransport(
  { protocol, hostname }: URL,
  insecureDevelopmentHosts: ReadonlySet<string>,
): boolean {
  const isLocal = isLoopbackHost(hostname) || insecureDevelopmentHosts.has(hostname);
  return protocol === "https:" || (protocol === "http:" && isLocal);
}

/** Removes every slash that ends a text, in one pass from its end. */
export function stripTrailingSlashes(text: string): string {
  let end = text.length;
  while (text[end - 1] === "/") end -= 1;
  return text.slice(0, end);
}

/**
 * Lists the spellings of a resource identifier that are one URI: one without a path may end with a slash or not.
 *
 * @see RFC 3986 §6.2.3
 */
export function rootSpellings(identifier: string): readonly string[] {
  if (parseUrl(identifier)?.pathname !== "/" || /[?#]/.test(identifier)) return [identifier];
  return [
    identifier,
    identifier.endsWith("/") ? stripTrailingSlashes(identifier) : `${identifier}/`,
  ];
}

/** Parses an absolute URL; `undefined` when it is none. */
export function parseUrl(text: string): URL | undefined {
  // Not URL.canParse(): once Node 22 has optimized it, it refuses what is not ASCII.
  return URL.parse(text) ?? undefined;
}

/**
 * Inserts a well-known suffix between host and path of an identifier.
 *
 * Strips one terminating slash that follows the host first; keeps path and query.
 *
 * @see RFC 9728 §3.1, RFC 8414 §3.1
 */
export function insertWellKnown(identifier: string, suffix: string): string {
  const { origin, pathname, search } = new URL(identifier);
  const path = pathname === "/" ? "" : pathname;
  return `${origin}/.well-known/${suffix}${path}${search}`;
}
