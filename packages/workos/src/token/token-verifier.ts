import { LRUCache } from "lru-cache";
import { hasExpired } from "../standards/access-token.js";
import type { StandardSchema } from "../standards/standard-schema.js";
import { applyClaimsSchema } from "./custom-claims.js";
import {
  verifyAccessToken,
  type Verification,
  type VerificationPolicy,
  type VerifiedToken,
} from "./verify.js";

/** Judges an access token; never rejects. */
export type TokenVerifier = (token: string) => Promise<Verification>;

/** Tokens remembered at most; each costs about 2 KB, and a flood of others evicts only the least used. */
const MOST_TOKENS = 10_000;
/** A verdict is remembered this long, in seconds, however long the token lives. */
const REMEMBERED_FOR = 300;

/** What {@link createTokenVerifier} needs beside the policy. */
export interface TokenVerifierOptions extends VerificationPolicy {
  /** The operator's schema for claims, if any. */
  readonly claimsSchema?: StandardSchema | undefined;
  /** A collision-resistant digest (SHA-256): tokens themselves are never kept. */
  readonly digest: (token: string) => string;
}

/**
 * Makes the verifier of a resource server: {@link verifyAccessToken}, the
 * operator's claims schema, and a memory of tokens that passed both.
 *
 * Only a finished, positive verdict is remembered, and it holds only while the
 * token has not expired and its key is still the one in the issuer's set: a
 * withdrawn key ends the tokens it signed. Refusals are never remembered.
 */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { claimsSchema, digest, now } = options;
  const remembered = new LRUCache<string, { token: VerifiedToken; until: number }>({
    max: MOST_TOKENS,
  });

  const isStillGood = async (token: VerifiedToken, until: number): Promise<boolean> => {
    const seconds = now() / 1000;
    if (seconds >= until || hasExpired(token.claims.exp, seconds)) return false;
    const { keySet, kid, key } = token.signedBy;
    const found = await keySet.find(kid);
    return found.kind === "found" && found.key === key;
  };

  return async (token) => {
    const id = digest(token);
    const hit = remembered.get(id);
    if (hit !== undefined) {
      if (await isStillGood(hit.token, hit.until)) return { ok: true, token: hit.token };
      remembered.delete(id);
    }
    const verification = await verifyAccessToken(token, options);
    if (!verification.ok) return verification;
    const checked =
      claimsSchema === undefined
        ? verification
        : await applyClaimsSchema(claimsSchema, verification.token);
    if (checked.ok) {
      remembered.set(id, { token: checked.token, until: now() / 1000 + REMEMBERED_FOR });
    }
    return checked;
  };
}
