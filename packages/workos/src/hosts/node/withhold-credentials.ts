import type { IncomingMessage } from "node:http";
import { WITHHELD } from "../../exchange/auth-info.js";

/** Which header fields tools may read although they describe the caller. */
export interface HeaderTrust {
  /** Reverse proxies of the operator's that a request passes. */
  readonly trustedProxyCount: number;
  /** Fields that the operator's own proxy sets on every request, lower case. */
  readonly trustedHeaders: ReadonlySet<string>;
}

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
 * Makes what takes off a request that has been judged all that a tool could mistake for the caller's identity.
 *
 * The Authorization field is replaced by a placeholder, so that no tool can pass the caller's token on (MCP, token
 * passthrough). Fields in which proxies and gateways describe a caller are removed, unless the operator trusts them; so
 * are trailers. `headers`, `rawHeaders` and `headersDistinct` agree afterwards. Does NOT touch other fields, which are
 * the caller's word: `User-Agent`, `Mcp-…` and names that no rule here knows.
 */
export function createWithholding({
  trustedProxyCount,
  trustedHeaders,
}: HeaderTrust): (request: IncomingMessage) => void {
  const judge = (name: string): Fate => {
    if (name === "authorization") return "replaced";
    if (name === "user-agent" || name.startsWith("mcp-") || trustedHeaders.has(name)) return "kept";
    if (PROXY_FIELDS.has(name)) return trustedProxyCount === 0 ? "removed" : "kept";
    const isWithheld = CREDENTIALS.has(name) || FAMILIES.test(name) || IDENTITY_WORDS.test(name);
    return isWithheld ? "removed" : "kept";
  };
  /** By name as it was written: clients send the same few on every request, and the patterns are dear. */
  const judged = new Map<string, Fate>();
  const fateOf = (name: string): Fate => {
    const known = judged.get(name);
    if (known !== undefined) return known;
    const fate = judge(name.toLowerCase());
    if (judged.size < MAX_JUDGED && name.length <= MAX_JUDGED_LENGTH) judged.set(name, fate);
    return fate;
  };

  return (request) => {
    const { headers } = request;
    for (const name of Object.keys(headers)) {
      // Deleting a member makes every later look at the object slower, so the usual one is written over.
      if (name !== "authorization" && fateOf(name) !== "kept") delete headers[name];
    }
    headers.authorization = WITHHELD;
    const isShorter = withholdRaw(request.rawHeaders, fateOf);
    // Node makes it of the raw fields on demand and by their first number, and keeps what an earlier middleware read.
    (request as { headersDistinct: unknown }).headersDistinct = isShorter
      ? toDistinct(request.rawHeaders)
      : null;
    dropTrailers(request);
  };
}

/** What becomes of a field, by its name. */
type Fate = "kept" | "removed" | "replaced";

/** Names of fields to remember at most, and their length in characters: a caller chooses both. */
const MAX_JUDGED = 200;
const MAX_JUDGED_LENGTH = 64;

/** Takes fields out of a raw list, in place; returns whether there were any. */
function withholdRaw(raw: string[], fateOf: (name: string) => Fate): boolean {
  const { length } = raw;
  let kept = 0;
  for (let at = 0; at + 1 < length; at += 2) {
    const [name = "", value = ""] = [raw[at], raw[at + 1]];
    const fate = fateOf(name);
    if (fate === "removed") continue;
    raw[kept] = name;
    raw[kept + 1] = fate === "replaced" ? WITHHELD : value;
    kept += 2;
  }
  raw.length = kept;
  return kept < length;
}

function toDistinct(raw: readonly string[]): Record<string, string[]> {
  const distinct = Object.create(null) as Record<string, string[]>;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    (distinct[raw[at]?.toLowerCase() ?? ""] ??= []).push(raw[at + 1] ?? "");
  }
  return distinct;
}

/** Removes trailers, which MCP does not use and a recipient may discard (RFC 9110 §6.5.1): now, and when the body ends. */
function dropTrailers(request: IncomingMessage): void {
  const drop = (): void => {
    request.rawTrailers = [];
    Object.assign(request, { trailers: {}, trailersDistinct: {} });
  };
  if (request.complete) {
    if (request.rawTrailers.length > 0) drop();
    // Only a body in chunks has trailers (RFC 9112 §7.1.2).
  } else if (request.headers["transfer-encoding"] !== undefined) {
    request.prependOnceListener("end", drop);
  }
}
