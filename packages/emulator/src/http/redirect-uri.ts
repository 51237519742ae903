// What MCP clients in use have as scheme though it is no domain name, such as cursor://anysphere.cursor-mcp/oauth/callback.
const clientSchemes: ReadonlySet<string> = new Set([
  "claude",
  "cursor",
  "vscode",
  "vscode-insiders",
  "warp",
  "windsurf",
]);

// RFC 8252 section 7.1: a private-use scheme is a domain name in reverse order, so that no other application has it. What a
// browser or the system handles by itself (javascript, data, mailto, tel, intent, chrome-extension) has no dot.
const privateUseScheme = /^[a-z][a-z0-9-]*(?:\.[a-z0-9][a-z0-9-]*)+$/u;

// Visible ASCII without quote, angle bracket, backslash, caret, backtick, braces, bar: the characters of RFC 3986.
const uriCharacters = /^[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9\-._~:/?[\]@!$&'()*+,;=%]+$/u;
// WHATWG URL lets more through in a host (; , * ' and the like, also percent-encoded). No registered name has them, and
// they mean something in the header fields that a host gets into.
const webHost = /^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])$/u;
const loopbackUri = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(?::[0-9]{1,5})?(|[/?].*)$/u;

/**
 * Returns whether a client may register a redirect URI: https, http on loopback, or a private-use scheme, which has a dot
 * or belongs to a known client.
 *
 * Checks the characters, the scheme and that there is no fragment or user information (RFC 6749 section 3.1.2,
 * RFC 8252 sections 7.1 and 7.3). Does not check that anything answers there.
 */
export function isAllowedRedirectUri(uri: string): boolean {
  if (uri.length > 2_000 || !uriCharacters.test(uri) || !URL.canParse(uri)) return false;
  const { protocol, hostname, username, password } = new URL(uri);
  if (username !== "" || password !== "") return false;
  const scheme = protocol.slice(0, -1);
  if (scheme === "https") return /^https:\/\/[^/?]/iu.test(uri) && webHost.test(hostname);
  if (scheme === "http") return loopbackUri.test(uri);
  return clientSchemes.has(scheme) || privateUseScheme.test(scheme);
}

/**
 * Finds the registered redirect URI that a requested one matches, character by character.
 *
 * The one exception is RFC 8252 section 7.3: the port of an http loopback URI is free, because a native client only
 * learns it when it starts. Nothing is decoded, normalized or matched by prefix.
 */
export function matchesRedirectUri(registered: readonly string[], requested: string): boolean {
  return registered.some((uri) => uri === requested || isSameButPort(uri, requested));
}

function isSameButPort(registered: string, requested: string): boolean {
  const left = loopbackUri.exec(registered);
  const right = loopbackUri.exec(requested);
  if (left === null || right === null || !isAllowedRedirectUri(requested)) return false;
  return left[1] === right[1] && left[2] === right[2];
}

/** Adds parameters to a redirect URI and leaves what it already has as it is (RFC 6749 section 4.1.2). */
export function addParameters(
  uri: string,
  parameters: Readonly<Record<string, string | undefined>>,
): string {
  const present = Object.entries(parameters).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return `${uri}${uri.includes("?") ? "&" : "?"}${new URLSearchParams(present).toString()}`;
}
