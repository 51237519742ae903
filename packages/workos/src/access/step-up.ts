import { LRUCache } from "lru-cache";
import { CLOCK_SKEW } from "../standards/access-token.js";
import type { VerifiedToken } from "../token/verify.js";

/** People and clients remembered at most, with what each lacked. */
const MOST = 10_000;
/** A challenge that nobody came back from for so long, in milliseconds, is over. */
const OPEN_FOR = 10 * 60_000;

/** Tells whether sending a caller back to sign in could give it what it lacks. */
export type StepUpMemory = (token: VerifiedToken, lacks: string) => boolean;

interface Remembered {
  /** The challenge that no newer token came of yet. */
  readonly open: { readonly id: string; readonly at: number } | undefined;
  /** The token that signing in again brought, and that lacks the same. */
  readonly told: string | undefined;
}

/**
 * Remembers who was challenged for what, so that no client is sent round in circles: a
 * token issued after a challenge that lacks the same was what signing in again brought, and
 * doing it once more would bring no more. It is told so for as long as it is good.
 *
 * A token issued before the challenge did not come of it, and is challenged too. Whoever
 * tries once more, with a still newer token, is challenged again: at most every second
 * token asks for a sign-in.
 *
 * Kept per person and client. Does NOT know other instances of the server, nor what it knew
 * before a restart: each may challenge once.
 *
 * @param now milliseconds since the epoch.
 * @see RFC 6750 §3.1; MCP 2025-11-25 basic/authorization, step-up authorization flow ("retry limits")
 */
export function createStepUpMemory(now: () => number): StepUpMemory {
  const remembered = new LRUCache<string, Remembered>({ max: MOST });
  return ({ claims, principal, authkit }, lacks) => {
    const key = JSON.stringify([principal.id, authkit.clientId, lacks]);
    const issuedAt = claims.iat ?? claims.exp;
    const id = claims.jti ?? String(issuedAt);
    const { open: last, told } = remembered.get(key) ?? NOTHING;
    if (told === id) return false;
    const open = last === undefined || now() - last.at >= OPEN_FOR ? undefined : last;
    if (open === undefined) {
      remembered.set(key, { open: { id, at: now() }, told });
      return true;
    }
    // The challenged one again, or one that was on its way: AuthKit's clock may be a little behind.
    if (open.id === id || (issuedAt + CLOCK_SKEW) * 1000 < open.at) return true;
    // No expiry: a token that has ended is refused before anybody asks here.
    remembered.set(key, { open: undefined, told: id });
    return false;
  };
}

const NOTHING: Remembered = { open: undefined, told: undefined };
