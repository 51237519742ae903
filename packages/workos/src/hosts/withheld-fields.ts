/** Which header fields tools may read although they describe the caller. */
export interface HeaderTrust {
  /** Reverse proxies of the operator's that a request passes. */
  readonly trustedProxyCount: number;
  /** Fields that the operator's own proxy sets on every request, lower case. */
  readonly trustedHeaders: ReadonlySet<string>;
}

/** What becomes of a field, by its name. */
export type Fate = "kept" | "removed" | "replaced";

/** Names of fields to remember at most, and their length in characters: a caller chooses both. */
const MAX_JUDGED = 200;
const MAX_JUDGED_LENGTH = 64;

/** What a reverse proxy writes about the connection; a caller's invention where there is none. */
const PROXY_FIELDS: ReadonlySet<string> = new Set([
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-prefix",
  "x-forwarded-proto",
]);

/** Fields with another credential or address of the caller. */
const CREDENTIALS: ReadonlySet<string> = new Set([
  "cookie",
  "cookie2",
  "from",
  "proxy-authorization",
]);

/** Fields of gateways, clouds and identity proxies, by how their names begin. */
const FAMILIES =
  /^(?:cf-|fastly-|fly-|tailscale-|true-client-|x-(?:amzn-(?:oidc|mtls)|appengine|arr|auth|authentik|azure|envoy|forwarded|goog|mcp|ms-client|ms-token|nf|original|pomerium|vercel|vouch|workos)-)/;

/** Words of which a name speaks of who calls, wherever they stand in it. */
const IDENTITY_WORDS =
  /(?:^|[-_])(?:assertion|authenticated|cert|certificate|claims?|clientcert|clientip|email|groups?|identity|ip|jwt|oidc|principal|remote|roles?|saml|subject|user|userid|userinfo|username)(?:[-_]|$)/;

/**
 * Makes the judge of header fields, by their names: what a tool could mistake for the caller's identity is taken off.
 *
 * The Authorization field is replaced by a placeholder, so that no tool can pass the caller's token on (MCP, token
 * passthrough). Fields in which proxies and gateways describe a caller are removed, unless the operator trusts them.
 * Other fields stay, which are the caller's word: `User-Agent`, `Mcp-…` and names that no rule here knows.
 */
export function createFieldJudge({
  trustedProxyCount,
  trustedHeaders,
}: HeaderTrust): (name: string) => Fate {
  const judge = (name: string): Fate => {
    if (name === "authorization") return "replaced";
    if (name === "user-agent" || name.startsWith("mcp-") || trustedHeaders.has(name)) return "kept";
    if (PROXY_FIELDS.has(name)) return trustedProxyCount === 0 ? "removed" : "kept";
    const isWithheld = CREDENTIALS.has(name) || FAMILIES.test(name) || IDENTITY_WORDS.test(name);
    return isWithheld ? "removed" : "kept";
  };
  /** By name as it was written: clients send the same few on every request, and the patterns are expensive. */
  const judged = new Map<string, Fate>();
  return (name) => {
    const known = judged.get(name);
    if (known !== undefined) return known;
    const fate = judge(name.toLowerCase());
    if (judged.size < MAX_JUDGED && name.length <= MAX_JUDGED_LENGTH) judged.set(name, fate);
    return fate;
  };
}
