/** Why a JWT cannot be an access token for this server, before its signature or its claims say more. */
export type HeaderFault =
  | { readonly reason: "unsupported_algorithm" }
  | { readonly reason: "unsupported_token_type" }
  | { readonly reason: "critical_header" }
  | { readonly reason: "token_malformed"; readonly part: string };

/** Why the claims of a correctly signed JWT do not make an access token that is valid now. */
export type ClaimFault =
  | { readonly reason: "claim_missing"; readonly claim: string }
  | { readonly reason: "claim_invalid"; readonly claim: string }
  | { readonly reason: "token_expired"; readonly secondsAgo: number }
  | { readonly reason: "token_not_yet_valid"; readonly secondsAhead: number }
  | { readonly reason: "token_issued_in_future"; readonly secondsAhead: number }
  | { readonly reason: "sender_constrained" }
  | { readonly reason: "not_an_access_token"; readonly claim: string };

/** The claims that RFC 9068 gives an access token, checked for type and time. */
export interface AccessTokenClaims {
  /** The issuer: the AuthKit domain. */
  readonly iss: string;
  /** The subject: a user or an application. */
  readonly sub: string;
  /** The audience: the resource, or the environment client ID. */
  readonly aud: string | readonly string[];
  /** When the token expires, in seconds since the epoch. */
  readonly exp: number;
  /** When the token was issued, in seconds since the epoch. */
  readonly iat: number;
  /** The token is not valid before this time, in seconds since the epoch. */
  readonly nbf?: number;
  /** The ID of the token. */
  readonly jti?: string;
  /** The client that the token was issued to. */
  readonly client_id?: string;
  /** The granted scopes, separated by spaces. */
  readonly scope?: string;
  readonly [claim: string]: unknown;
}

/** Largest difference between our clock and the issuer's that can be configured to be accepted, in seconds. */
export const MAX_CLOCK_TOLERANCE_SECONDS = 60;

/** Latest NumericDate that a JavaScript date can hold. */
const LAST_DATE = 8.64e12;

/** What RFC 9068 asks for (`at+jwt`), what many servers write (`JWT`), and nothing, as AuthKit does. */
const TOKEN_TYPES = new Set(["at+jwt", "application/at+jwt", "jwt"]);

/** Claims that only an ID token (OIDC Core §2, §3.3.2.11) or a security event token (RFC 8417 §2.2) carries. */
const FOREIGN_CLAIMS = ["nonce", "at_hash", "c_hash", "s_hash", "events"] as const;

/**
 * Judges the JOSE header of a would-be access token.
 *
 * Allows RS256 only and names no key from the header: `jwk`, `jku`, `x5u` and
 * `x5c` are never read. Any `crit` is refused, since no extension is understood.
 * Does NOT know whether `kid` belongs to a key.
 *
 * @see RFC 8725 §3.1, §3.10, §3.11; RFC 9068 §2.1; RFC 7515 §4.1.11
 */
export function headerFault(header: Readonly<Record<string, unknown>>): HeaderFault | undefined {
  const { alg, typ, crit, kid } = header;
  if (alg !== "RS256") return { reason: "unsupported_algorithm" };
  if (crit !== undefined) return { reason: "critical_header" };
  if (typ !== undefined && !(typeof typ === "string" && TOKEN_TYPES.has(typ.toLowerCase()))) {
    return { reason: "unsupported_token_type" };
  }
  if (typeof kid !== "string" || kid === "" || kid.length > 256) {
    return { reason: "token_malformed", part: "kid" };
  }
  return undefined;
}

/**
 * Judges the claims of a JWT whose signature has been verified.
 *
 * Checks types, `exp`, `nbf` and `iat` against `now`, and
 * that nothing marks the token as sender-constrained, as an ID token or as a
 * security event. `jti` and `client_id` may be absent, as not every AuthKit token has
 * them (RFC 9068 would require them). Does NOT compare issuer
 * or audience: who may be meant is a policy, see `token/`.
 *
 * @param now seconds since the epoch.
 * @param tolerance difference of clocks that is accepted, in seconds.
 * @see RFC 9068 §2.2, §4; RFC 7519 §4.1; RFC 9449 §7.2; RFC 8705 §3
 */
export function claimFault(
  claims: Readonly<Record<string, unknown>>,
  now: number,
  tolerance: number,
): ClaimFault | undefined {
  for (const claim of ["iss", "sub", "aud", "exp", "iat"]) {
    if (claims[claim] === undefined) return { reason: "claim_missing", claim };
  }
  const { exp, nbf, iat, aud } = claims;
  for (const claim of ["iss", "sub", "jti", "client_id", "scope"]) {
    const value = claims[claim];
    if (value !== undefined && (typeof value !== "string" || (value === "" && claim !== "scope"))) {
      return { reason: "claim_invalid", claim };
    }
  }
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (audiences.length === 0 || !audiences.every((one) => typeof one === "string" && one !== "")) {
    return { reason: "claim_invalid", claim: "aud" };
  }
  if (!isNumericDate(exp)) return { reason: "claim_invalid", claim: "exp" };
  if (nbf !== undefined && !isNumericDate(nbf)) return { reason: "claim_invalid", claim: "nbf" };
  if (!isNumericDate(iat)) return { reason: "claim_invalid", claim: "iat" };
  if (claims["cnf"] !== undefined) return { reason: "sender_constrained" };
  for (const claim of FOREIGN_CLAIMS) {
    if (claims[claim] !== undefined) return { reason: "not_an_access_token", claim };
  }
  if (hasExpired(exp, now, tolerance)) return { reason: "token_expired", secondsAgo: now - exp };
  if (nbf !== undefined && nbf > now + tolerance) {
    return { reason: "token_not_yet_valid", secondsAhead: nbf - now };
  }
  if (iat > now + tolerance) return { reason: "token_issued_in_future", secondsAhead: iat - now };
  return undefined;
}

/** Returns whether a token with this `exp` is over, all in seconds (RFC 7519 §4.1.4). */
export function hasExpired(exp: number, now: number, tolerance: number): boolean {
  return exp + tolerance <= now;
}

function isNumericDate(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= LAST_DATE;
}
