import { MAX_CLOCK_TOLERANCE_SECONDS } from "../standards/access-token.js";
import type { RevokedSubject } from "../workos/access-events.js";
import type { VerifiedToken } from "../token/verify.js";

/** Whose tokens no longer count, and since when. */
export interface Revocations {
  /** Tokens of the subject issued up to this time are refused; milliseconds since the epoch. */
  readonly add: (subject: RevokedSubject, at: number) => void;
  readonly isRevoked: (token: VerifiedToken) => boolean;
  readonly size: () => number;
}

/** Entries at most; each costs about 200 bytes. */
const MOST = 100_000;
/** When they are that many, the oldest tenth makes room. */
const ROOM = MOST / 10;

/**
 * Makes the list of revoked subjects: a person, an organization, a person in an
 * organization, or a session, each with a cut-off for `iat`. A token by which one person acts as
 * another (`act.sub`) ends with either of them.
 *
 * An entry is kept for as long as a token can live, the skew that its end is forgiven
 * included; by then every token it concerns has ended. A token of the very second of the
 * cut-off is refused, and so is one that does not say when it was issued. When the list is
 * full, the oldest entries make room and their time becomes a cut-off for everybody: who may
 * still come refreshes, and no revoked user gets in. Does NOT look at other tokens than those
 * that were verified, and does NOT know tokens that live longer than it was told.
 *
 * @param now milliseconds since the epoch, as events tell the time.
 * @param longest how long a token lives at most, in milliseconds.
 */
export function createRevocations(now: () => number, longest: number): Revocations {
  const lifetime = longest + MAX_CLOCK_TOLERANCE_SECONDS * 1000;
  const cutOffs = new Map<string, number>();
  let forEverybody = -Infinity;

  const isBefore = (key: string, issuedAt: number): boolean => {
    const cutOff = cutOffs.get(key);
    return cutOff !== undefined && issuedAt * 1000 <= cutOff;
  };

  const dropUntil = (time: number): void => {
    for (const [key, at] of cutOffs) if (at <= time) cutOffs.delete(key);
  };

  const makeRoom = (): void => {
    dropUntil(now() - lifetime);
    if (cutOffs.size < MOST) return;
    // By when they happened, not by when they were heard of: old events may be read late.
    const times = [...cutOffs.values()].toSorted((one, other) => one - other);
    forEverybody = Math.max(forEverybody, times[ROOM - 1] ?? -Infinity);
    dropUntil(forEverybody);
  };

  return {
    add(subject, at) {
      const key = subjectKey(subject);
      if (at <= Math.max(now() - lifetime, forEverybody, cutOffs.get(key) ?? -Infinity)) return;
      if (cutOffs.size >= MOST && !cutOffs.has(key)) makeRoom();
      cutOffs.set(key, at);
    },
    isRevoked({ claims, principal, authkit }) {
      if (cutOffs.size === 0 && forEverybody === -Infinity) return false;
      const issuedAt = claims.iat;
      const { organizationId, impersonator } = authkit;
      const subjects: RevokedSubject[] = [];
      if (organizationId !== undefined) subjects.push({ organizationId });
      if (principal.kind === "user") {
        subjects.push({ sessionId: principal.sessionId });
        for (const userId of [principal.id, impersonator]) {
          if (userId === undefined) continue;
          subjects.push({ userId });
          if (organizationId !== undefined) subjects.push({ userId, organizationId });
        }
      }
      return (
        issuedAt * 1000 <= forEverybody ||
        subjects.some((subject) => isBefore(subjectKey(subject), issuedAt))
      );
    },
    size: () => cutOffs.size,
  };
}

function subjectKey({ userId = "", organizationId = "", sessionId = "" }: RevokedSubject): string {
  return `${userId} ${organizationId} ${sessionId}`;
}
