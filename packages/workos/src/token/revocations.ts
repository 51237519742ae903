import { LRUCache } from "lru-cache";
import { CLOCK_SKEW } from "../standards/access-token.js";
import type { RevokedSubject } from "../workos/access-events.js";
import type { VerifiedToken } from "./verify.js";

/** Whose tokens no longer count, and since when. */
export interface Revocations {
  /** Tokens of the subject issued up to this time are refused; milliseconds since the epoch. */
  readonly add: (subject: RevokedSubject, at: number) => void;
  readonly isRevoked: (token: VerifiedToken) => boolean;
  readonly size: () => number;
}

/** Entries at most; each costs about 200 bytes. */
const MOST = 100_000;

/**
 * Makes the list of revoked subjects: a person, an organization, a person in an
 * organization, or a session, each with a cut-off for `iat`.
 *
 * An entry lives as long as a token can, the skew that its end is forgiven included; by
 * then every token it concerns has ended. A token of the very second of the cut-off is
 * refused, and so is one that does not say when it was issued. When the list is full, the entry that makes room becomes a cut-off
 * for everybody: who may still come refreshes, and nobody revoked gets in. Does
 * NOT look at other tokens than those that were verified, and does NOT know tokens that
 * live longer than it was told.
 *
 * @param now milliseconds since the epoch, as events tell the time.
 * @param longest how long a token lives at most, in milliseconds.
 * @param elapsed milliseconds of a clock that never goes back or jumps: entries age by it.
 */
export function createRevocations(
  now: () => number,
  longest: number,
  elapsed: () => number = now,
): Revocations {
  const lifetime = longest + CLOCK_SKEW * 1000;
  let forEverybody = -Infinity;
  const cutOffs = new LRUCache<string, number>({
    max: MOST,
    dispose: (at, _key, why) => {
      if (why === "evict") forEverybody = Math.max(forEverybody, at);
    },
    ttl: lifetime,
    ttlResolution: 0,
    perf: { now: elapsed },
  });
  const isBefore = (key: string, issuedAt: number): boolean => {
    const cutOff = cutOffs.get(key);
    return cutOff !== undefined && issuedAt * 1000 <= cutOff;
  };
  return {
    add(subject, at) {
      const key = keyOf(subject);
      const left = at + lifetime - now();
      if (left <= 0 || at <= (cutOffs.get(key) ?? -Infinity)) return;
      cutOffs.set(key, at, { ttl: left });
    },
    isRevoked({ claims, principal, authkit }) {
      if (cutOffs.size === 0 && forEverybody === -Infinity) return false;
      const issuedAt = claims.iat ?? 0;
      const { organizationId } = authkit;
      const isUser = principal.kind === "user";
      return (
        issuedAt * 1000 <= forEverybody ||
        (isUser && isBefore(keyOf({ userId: principal.id }), issuedAt)) ||
        (isUser && isBefore(keyOf({ sessionId: principal.sessionId }), issuedAt)) ||
        (organizationId !== undefined &&
          (isBefore(keyOf({ organizationId }), issuedAt) ||
            (isUser && isBefore(keyOf({ userId: principal.id, organizationId }), issuedAt))))
      );
    },
    size: () => cutOffs.size,
  };
}

function keyOf({ userId = "", organizationId = "", sessionId = "" }: RevokedSubject): string {
  return `${userId} ${organizationId} ${sessionId}`;
}
