import { base64url, compactVerify, decodeJwt, decodeProtectedHeader } from "jose";
import { readAuthKitClaims, type AuthKitClaims, type Principal } from "../authkit/claims.js";
import {
  claimFault,
  headerFault,
  type AccessTokenClaims,
  type ClaimFault,
} from "../standards/access-token.js";
import { judgeAudience, type AudiencePolicy } from "./audience.js";
import type { CallerKind } from "../standards/caller-kind.js";
import { deepFreeze } from "../standards/deep-freeze.js";
import type { VerificationKey } from "./json-web-key-set.js";
import type { KeySet } from "./key-set.js";
import type { TokenRefusal } from "./refusal.js";

/** Longest token that is looked at; real ones have 1 to 4 KB, and a JWT template adds at most 3 KB. */
const LONGEST_TOKEN = 16 * 1024;

/** An access token that every rule accepted. */
export interface VerifiedToken {
  readonly kind: "access-token";
  readonly claims: AccessTokenClaims;
  readonly authkit: AuthKitClaims;
  readonly principal: Principal;
  /** Whether the token names this resource or, having no resource indicator, the environment. */
  readonly audience: "resource" | "environment";
  /** The key that signed it: as long as the issuer's set has it, the token may be remembered. */
  readonly signedBy: {
    readonly keySet: KeySet;
    readonly kid: string;
    readonly key: VerificationKey;
  };
}

export type Verification =
  | { readonly ok: true; readonly token: VerifiedToken }
  | { readonly ok: false; readonly refusal: TokenRefusal };

/** What a token is held against. */
export interface VerificationPolicy {
  readonly audience: AudiencePolicy;
  readonly callers: ReadonlySet<CallerKind>;
  /** The key set of every issuer that is accepted, by the exact `iss`. */
  readonly issuers: ReadonlyMap<string, KeySet>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Difference between our clock and an issuer's that is accepted for `exp`, `nbf` and `iat`. */
  readonly clockToleranceSeconds: number;
  /** Called with what is wrong with the claims of a token that an issuer signed. */
  readonly onClaimFault?: (fault: ClaimFault) => void;
}

/**
 * Verifies an access token for this resource server, by the rules of RFC 9068 §4
 * as far as AuthKit's tokens allow them.
 *
 * Checks size, shape, header, issuer (exact, from the configured ones), signature
 * (RS256, a key of that issuer), times, audience and the kind of principal. Does
 * NOT check scopes, roles or permissions, nor whether the session was revoked
 * after the token was issued. Never throws, whatever the token is.
 *
 * @see RFC 9068 §4, RFC 8725 §3, OAuth 2.1 §5.2
 */
export async function verifyAccessToken(
  token: string,
  { audience, callers, issuers, now, clockToleranceSeconds, onClaimFault }: VerificationPolicy,
): Promise<Verification> {
  if (token.length > LONGEST_TOKEN) return refuse({ reason: "token_too_long" });
  const jwt = decode(token);
  if (jwt === undefined) return refuse({ reason: "token_malformed", part: "JWS" });
  const { header, claims } = jwt;

  const wrongHeader = headerFault(header);
  if (wrongHeader !== undefined) return refuse(wrongHeader);

  // The unverified issuer only picks among the configured key sets; the signature then proves it.
  const keySet = typeof claims["iss"] === "string" ? issuers.get(claims["iss"]) : undefined;
  if (keySet === undefined) return refuse({ reason: "wrong_issuer" });
  const kid = header["kid"] as string;
  const found = await keySet.find(kid);
  if (found.kind === "unavailable") return refuse({ reason: "keys_unavailable" });
  if (found.kind === "unknown") return refuse({ reason: "unknown_key" });
  if (!(await isSignedBy(token, found.key))) return refuse({ reason: "bad_signature" });

  const wrongClaim = claimFault(claims, now() / 1000, clockToleranceSeconds);
  if (wrongClaim !== undefined) {
    onClaimFault?.(wrongClaim);
    return refuse(wrongClaim);
  }
  const checked = claims as AccessTokenClaims;
  const authkit = readAuthKitClaims(checked);
  if (!authkit.ok) return refuse(isLikeAnIdToken(checked) ? NO_ACCESS_TOKEN : authkit.fault);
  const { principal } = authkit.value;
  if (!callers.has(principal.kind)) {
    return refuse({ reason: "caller_not_accepted", caller: principal.kind });
  }

  const verdict = judgeAudience(checked.aud, audience, principal.kind);
  if (!verdict.ok) return refuse(verdict.refusal);
  // An ID token of the environment's own application has the same audience; only access tokens say who asked for what.
  if (verdict.as === "environment" && saysNotWhoAsked(checked)) return refuse(NO_ACCESS_TOKEN);
  return {
    ok: true,
    token: {
      kind: "access-token",
      claims: deepFreeze(checked),
      authkit: authkit.value,
      principal,
      audience: verdict.as,
      signedBy: { keySet, kid, key: found.key },
    },
  };
}

const NO_ACCESS_TOKEN: TokenRefusal = Object.freeze({
  reason: "not_an_access_token",
  claim: "client_id",
});

function saysNotWhoAsked({ client_id, scope }: AccessTokenClaims): boolean {
  return client_id === undefined && scope === undefined;
}

/** AuthKit's ID tokens say neither who asked for them nor of which consent they come. */
function isLikeAnIdToken(claims: AccessTokenClaims): boolean {
  return saysNotWhoAsked(claims) && claims["sid"] === undefined;
}

function refuse(refusal: TokenRefusal): Verification {
  return { ok: false, refusal };
}

type Members = Readonly<Record<string, unknown>>;

function decode(token: string): { header: Members; claims: Members } | undefined {
  const parts = token.split(".");
  if (parts.length !== 3) return undefined;
  try {
    // One encoding of a token counts (RFC 7515 §2): unused bits and padding would give a good token many digests.
    if (!parts.every((part) => base64url.encode(base64url.decode(part)) === part)) return undefined;
    return { header: { ...decodeProtectedHeader(token) }, claims: { ...decodeJwt(token) } };
  } catch {
    return undefined;
  }
}

async function isSignedBy(token: string, { key }: VerificationKey): Promise<boolean> {
  try {
    await compactVerify(token, key, { algorithms: ["RS256"] });
    return true;
  } catch {
    return false;
  }
}
