import { LRUCache } from "lru-cache";
import type { VerifiedToken } from "../token/verify.js";

/** Characters of names that are remembered at most, for all users and clients together. */
const MAX_MEMORY_LENGTH = 4_000_000;
/** Users and clients remembered at most. */
const MAX_ENTRIES = 10_000;
/** Challenges remembered of one user and client at most. */
const MAX_CHALLENGES_EACH = 20;
/** A challenge that no client came back from for so long, in milliseconds, is over. */
const OPEN_MS = 10 * 60_000;
/** Devices of one user and client that an open challenge is repeated to at most. */
const MAX_OTHER_DEVICES = 3;

/** Tokens remembered at most that a challenge did not help, and the length of what names one. */
const MAX_TOLD_TOKENS = 8;
const MAX_ID_LENGTH = 100;

/** What a token lacks that signing in again may bring: all of these scopes, or one of these organizations (none: any). */
export type Lack =
  | { readonly scopes: readonly string[] }
  | { readonly organizations: readonly string[] };

/** Who was challenged for what, so that no client is sent to sign in again and again for nothing. */
export interface StepUpMemory {
  /** Decides whether a token is challenged for what it lacks. */
  readonly shouldChallenge: (token: VerifiedToken, lack: Lack) => boolean;
  /** Closes the open challenges that an authenticated token meets; what lacks the same afterwards is a new challenge. */
  readonly observe: (token: VerifiedToken) => void;
}

interface Challenge {
  readonly name: string;
  readonly lack: Lack;
  /** The challenge that no newer token came of yet: whose it is, when it was sent, when that token was last seen. */
  open: { id: string; at: number; seenAt: number; others: number } | undefined;
  /** The tokens that signing in again brought, and that lack the same: the latest of each device. */
  told: readonly string[];
}

/**
 * Remembers challenges per user and client.
 *
 * A token issued after a challenge that lacks the same is what signing in again brought: it is told so for as long as
 * it is good, and a token that is newer still is challenged again. A token issued before the challenge did not come of
 * it, nor did one that was issued while the challenged token went on being used: that is another device of the same
 * client. Both are challenged. A newer token that has what was lacking closes the challenge.
 *
 * Does NOT know other instances of the server, nor what it knew before a restart: each may challenge once.
 *
 * @param now milliseconds since the epoch.
 * @param satisfies whether granted scopes include a required one.
 * @param clockToleranceSeconds how much AuthKit's clock may be behind.
 * @see RFC 6750 §3.1; MCP 2025-11-25 basic/authorization, step-up authorization flow ("retry limits")
 */
export function createStepUpMemory(
  now: () => number,
  satisfies: (granted: readonly string[], required: string) => boolean,
  clockToleranceSeconds: number,
): StepUpMemory {
  const remembered = new LRUCache<string, readonly Challenge[]>({
    max: MAX_ENTRIES,
    maxSize: MAX_MEMORY_LENGTH,
    sizeCalculation: (challenges, key) =>
      challenges.reduce((sum, { name }) => sum + name.length, key.length),
  });

  /** A token, and the latest time at which it may have been issued. */
  const identify = ({
    claims: { iat, jti },
  }: VerifiedToken): { readonly id: string; readonly issuedAt: number } => ({
    // AuthKit chooses its length, and the end distinguishes tokens.
    id: (jti ?? String(iat)).slice(-MAX_ID_LENGTH),
    issuedAt: (iat + clockToleranceSeconds) * 1000,
  });

  const isMet = (lack: Lack, { authkit }: VerifiedToken): boolean => {
    if ("scopes" in lack) return lack.scopes.every((scope) => satisfies(authkit.scopes, scope));
    const { organizationId } = authkit;
    const { organizations } = lack;
    return (
      organizationId !== undefined &&
      (organizations.length === 0 || organizations.includes(organizationId))
    );
  };

  const challengeFor = (key: string, lack: Lack): Challenge => {
    const name = JSON.stringify(lack);
    const known = remembered.get(key) ?? [];
    const found = known.find((one) => one.name === name);
    if (found !== undefined) return found;
    const added: Challenge = { name, lack, open: undefined, told: [] };
    remembered.set(key, [added, ...known].slice(0, MAX_CHALLENGES_EACH));
    return added;
  };

  return {
    shouldChallenge(token, lack) {
      const challenge = challengeFor(challengeKey(token), lack);
      const { id, issuedAt } = identify(token);
      if (challenge.told.includes(id)) return false;
      const { open } = challenge;
      const challengeAs = (others: number): true => {
        challenge.open = { id, at: now(), seenAt: now(), others };
        return true;
      };
      if (open === undefined || now() - open.at >= OPEN_MS) return challengeAs(0);
      if (open.id === id) {
        open.seenAt = now();
        return true;
      }
      if (issuedAt < open.at) return true;
      if (issuedAt < open.seenAt && open.others < MAX_OTHER_DEVICES) {
        return challengeAs(open.others + 1);
      }
      // No expiry: a token that has ended is refused before it is asked about here.
      challenge.told = [id, ...challenge.told].slice(0, MAX_TOLD_TOKENS);
      challenge.open = undefined;
      return false;
    },
    observe(token) {
      if (remembered.size === 0) return;
      const challenges = remembered.get(challengeKey(token));
      if (challenges === undefined) return;
      const { id, issuedAt } = identify(token);
      for (const challenge of challenges) {
        const { open } = challenge;
        if (open === undefined) continue;
        if (open.id === id) open.seenAt = now();
        // One from before is no answer to this challenge: another device may have had it all along.
        else if (issuedAt >= open.at && isMet(challenge.lack, token)) challenge.open = undefined;
      }
    },
  };
}

function challengeKey({ principal, authkit }: VerifiedToken): string {
  return `${principal.id} ${authkit.clientId ?? ""}`;
}
