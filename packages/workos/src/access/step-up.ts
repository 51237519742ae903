import { LRUCache } from "lru-cache";
import type { VerifiedToken } from "../token/verify.js";

/** Challenges remembered at most, and for how long, in milliseconds. */
const MOST = 10_000;
const REMEMBERED_FOR = 10 * 60_000;

/** Tells whether sending a caller back to sign in could give it what it lacks. */
export type StepUpMemory = (token: VerifiedToken, lacks: string) => boolean;

/**
 * Remembers who was challenged for what, so that no client is sent round in circles: a
 * token newer than the challenged one that lacks the same was what signing in again
 * brought, and doing it once more would bring no more.
 *
 * Whoever then tries once more, with a still newer token, is challenged again: at most
 * every second token asks for a sign-in.
 *
 * Kept for ten minutes, per person and client. Does NOT know other instances of the
 * server: each may challenge once.
 *
 * @see RFC 6750 §3.1; MCP 2025-11-25 basic/authorization, step-up authorization flow ("retry limits")
 */
export function createStepUpMemory(now: () => number): StepUpMemory {
  const challenged = new LRUCache<
    string,
    { readonly id: string; readonly issuedAt: number; readonly isTold: boolean }
  >({
    max: MOST,
    ttl: REMEMBERED_FOR,
    ttlResolution: 0,
    perf: { now },
  });
  return ({ claims, principal, authkit }, lacks) => {
    const key = JSON.stringify([principal.id, authkit.clientId, lacks]);
    const issuedAt = claims.iat ?? claims.exp;
    const id = claims.jti ?? String(issuedAt);
    const before = challenged.get(key);
    if (before?.id === id) return !before.isTold;
    if (before !== undefined && issuedAt < before.issuedAt) return true;
    // What the challenge brought is told; what comes after that may be another try, and is challenged anew.
    const isTold = before !== undefined && !before.isTold;
    challenged.set(key, { id, issuedAt, isTold });
    return !isTold;
  };
}
