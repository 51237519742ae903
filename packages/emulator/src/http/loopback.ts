// The names RFC 8252 section 7.3 and section 8.3 treat as this machine. URL.hostname keeps the brackets of IPv6.
const loopbackHosts: ReadonlySet<string> = new Set(["127.0.0.1", "[::1]", "::1", "localhost"]);

/** Returns whether a host name, as `URL.hostname` spells it, is this machine's loopback interface; looks nothing up. */
export function isLoopbackHost(host: string): boolean {
  return loopbackHosts.has(host);
}
