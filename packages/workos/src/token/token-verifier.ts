import { andThen } from "../standards/and-then.js";
import { LRUCache } from "lru-cache";
import { hasExpired } from "../standards/access-token.js";
import type { StandardSchema } from "../standards/standard-schema.js";
import { applyClaimsSchema } from "./custom-claims.js";
import type { KeyLookup } from "./key-set.js";
import {
  verifyAccessToken,
  type Verification,
  type VerificationPolicy,
  type VerifiedToken,
} from "./verify.js";

/** Judges an access token: at once when it is remembered, without a turn of the event loop; never rejects. */
export type TokenVerifier = (token: string) => Verification | Promise<Verification>;

/** Tokens remembered at most; each costs about 2 KB, and a flood of others evicts only the least used. */
const MOST_TOKENS = 10_000;
/** Characters of the tokens remembered at most, which their claims are as long as: 10,000 of 2 KB, or 1,200 of the longest. */
const MOST_CHARACTERS = 20_000_000;
/** A verdict is remembered this long, in seconds, however long the token lives. */
const REMEMBERED_FOR_SECONDS = 300;

/** What {@link createTokenVerifier} needs beside the policy. */
export interface TokenVerifierOptions extends VerificationPolicy {
  /** The operator's schema for claims, if any. */
  readonly claimsSchema?: StandardSchema | undefined;
  /** A collision-resistant digest (SHA-256): tokens themselves are never kept. */
  readonly digest: (token: string) => string | Promise<string>;
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
  const { claimsSchema, digest, now, clockToleranceSeconds } = options;
  const remembered = new LRUCache<string, Remembered>({
    max: MOST_TOKENS,
    maxSize: MOST_CHARACTERS,
  });

  const isStillGood = ({ verdict, since }: Remembered): boolean | Promise<boolean> => {
    const seconds = now() / 1000;
    const { claims } = verdict.token;
    // A clock that was set back makes no verdict younger.
    const isRecent = seconds >= since && seconds < since + REMEMBERED_FOR_SECONDS;
    if (!isRecent || hasExpired(claims.exp, seconds, clockToleranceSeconds)) return false;
    return isStillSigned(verdict.token);
  };

  const judge = async (
    token: string,
    id: string,
    hit: Remembered | undefined,
    isGood: boolean | Promise<boolean>,
  ): Promise<Verification> => {
    if (hit !== undefined) {
      if (await isGood) return hit.verdict;
      remembered.delete(id);
    }
    const verification = await verifyAccessToken(token, options);
    if (!verification.ok) return verification;
    const checked =
      claimsSchema === undefined
        ? verification
        : await applyClaimsSchema(claimsSchema, verification.token);
    if (checked.ok) {
      const verdict = Object.freeze({ ok: true, token: checked.token } as const);
      remembered.set(id, { verdict, since: now() / 1000 }, { size: token.length });
    }
    return checked;
  };

  return (token) =>
    andThen(digest(token), (id) => {
      const hit = remembered.get(id);
      const isGood = hit !== undefined && isStillGood(hit);
      return hit !== undefined && isGood === true ? hit.verdict : judge(token, id, hit, isGood);
    });
}

/** Whether the key that signed a token is still the issuer's: a withdrawn key ends what it signed. */
export function isStillSigned({ signedBy }: VerifiedToken): boolean | Promise<boolean> {
  const isSigner = (found: KeyLookup): boolean =>
    found.kind === "found" && found.key === signedBy.key;
  const found = signedBy.keySet.find(signedBy.kid);
  return andThen(found, isSigner);
}

interface Remembered {
  readonly verdict: Extract<Verification, { ok: true }>;
  /** Seconds since the epoch. */
  readonly since: number;
}
