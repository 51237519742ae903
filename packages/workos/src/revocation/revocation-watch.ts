import { LRUCache } from "lru-cache";
import { MAX_CLOCK_TOLERANCE_SECONDS } from "../standards/access-token.js";
import type { ApiKeyValidator } from "../workos/api-keys.js";
import { readChanges, readEvent, readEventId, type AccessChange } from "../workos/access-events.js";
import { createEventFeed } from "../workos/event-feed.js";
import { FURTHEST } from "../workos/event-reader.js";
import type { WorkOS } from "../workos/client.js";
import type { MembershipDirectory } from "../workos/memberships.js";
import type { Schedule } from "../standards/schedule.js";
import type { TokenRefusal } from "../token/refusal.js";
import type { RevocationSettings } from "./revocation-settings.js";
import { createConsentCheck } from "./consent-check.js";
import { createRevocations, type Revocations } from "./revocation-list.js";
import type { VerifiedToken } from "../token/verify.js";

/** Knows what was revoked. */
export interface RevocationWatch {
  /** Why a good token does not count any more, if so; never rejects. Waits for the first read of the events, and for a late one. */
  readonly refusalOf: (
    token: VerifiedToken,
  ) => TokenRefusal | undefined | Promise<TokenRefusal | undefined>;
  /** Takes an event that came by webhook, as WorkOS wrote it. */
  readonly onEvent: (event: unknown) => void;
  readonly start: () => void;
  readonly close: () => void;
  /** Milliseconds since the last moment up to which every event is known; Infinity before the first whole read. */
  readonly staleness: () => number;
  /** Whether the last read of the events went well. */
  readonly isReachable: () => boolean;
  /** Revoked subjects that are remembered. */
  readonly size: () => number;
}

/** Events remembered so that one that comes again, by the next poll or by webhook, is worked on once. */
const MAX_SEEN_EVENTS = 20_000;
const SKEW = MAX_CLOCK_TOLERANCE_SECONDS * 1000;

/** What the watch needs of the floors around it. */
export interface RevocationWatchOptions {
  readonly settings: RevocationSettings;
  /** Asks for consents, on behalf of a caller who waits. */
  readonly client: () => WorkOS;
  /** Reads events. Its own, so that they are read however badly the rest of the API does. */
  readonly eventsClient: () => WorkOS;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds of a clock that never goes back. */
  readonly elapsed: () => number;
  readonly schedule: Schedule;
  readonly memberships: MembershipDirectory;
  readonly apiKeys: ApiKeyValidator;
  /** Called with the type of an event that does not say what it should. */
  readonly reportUnreadable: (type: string) => void;
  /** Called once for a token that lives longer than `maxTokenLifetimeSeconds`: for how many seconds. */
  readonly reportLongLived: (lifetime: number) => void;
  /** Called when WorkOS stops or starts answering. */
  readonly report: (
    about: "events" | "consents",
    state: "unreachable" | "recovered",
    detail: string,
  ) => void;
}

/**
 * Turns events of WorkOS into tokens that no longer count and into memories that are
 * dropped.
 *
 * Instances share nothing but WorkOS: each reads the same events, and a restart reads
 * them anew as far back as a token can live. A token that was issued before the earliest
 * event that was read is refused, and refreshing helps; what is known of a subject is kept
 * for 30 days. So no removed user comes back with a token that lives longer than it should.
 * Does NOT know how long WorkOS takes to write an event, and lets tokens pass before the
 * first whole read when that fails or takes long, unless `failClosedAfterSeconds` is set.
 */
export function createRevocationWatch({
  settings,
  client,
  eventsClient,
  now,
  elapsed,
  schedule,
  memberships,
  apiKeys,
  reportUnreadable,
  reportLongLived,
  report,
}: RevocationWatchOptions): RevocationWatch {
  const revocations = createRevocations(now, FURTHEST);
  const onEvent = createEventIntake(reportUnreadable, (change) => {
    applyChange(change, { revocations, memberships, apiKeys });
  });
  const { pollMs, maxTokenLifetimeMs, consentCheckMs, failClosedAfterMs } = settings;
  const feed = createEventFeed({
    client: eventsClient,
    now,
    elapsed,
    schedule,
    every: pollMs,
    // A token counts for so long after its end.
    reach: maxTokenLifetimeMs + SKEW,
    onEvent,
    report: (state, detail) => {
      report("events", state, detail);
    },
  });
  const staleness = (): number => elapsed() - (feed.readUntil() ?? -Infinity);
  const checkConsent =
    consentCheckMs === undefined
      ? undefined
      : createConsentCheck(consentCheckMs, { settings, client, elapsed, report });

  let isAdvised = false;
  const adviseOn = (lifetime: number): void => {
    if (isAdvised || lifetime <= maxTokenLifetimeMs) return;
    isAdvised = true;
    reportLongLived(lifetime / 1000);
  };

  const refusalNow: RevocationWatch["refusalOf"] = (token) => {
    const { exp, iat } = token.claims;
    if (failClosedAfterMs !== undefined && staleness() > failClosedAfterMs) {
      return { reason: "revocations_unknown" };
    }
    if (revocations.isRevoked(token)) return { reason: "token_revoked" };
    adviseOn((exp - iat) * 1000);
    // What happened before that was not read.
    if (iat * 1000 < (feed.readSince() ?? -Infinity)) return { reason: "token_too_old" };
    return checkConsent?.(token);
  };

  let isReading = true;
  const firstRead = feed.firstRead.then(() => {
    isReading = false;
  });

  return {
    // A server that has just started must not let in whom the one before it refused.
    refusalOf(token) {
      const read = isReading ? firstRead : feed.lateRead();
      return read === undefined ? refusalNow(token) : read.then(() => refusalNow(token));
    },
    onEvent,
    start: feed.start,
    close: feed.close,
    staleness,
    isReachable: feed.isReachable,
    size: revocations.size,
  };
}

/** Makes what takes events as WorkOS wrote them, each once, and hands on what they change. */
function createEventIntake(
  reportUnreadable: RevocationWatchOptions["reportUnreadable"],
  apply: (change: AccessChange) => void,
): RevocationWatch["onEvent"] {
  const seen = new LRUCache<string, "applied" | "unreadable">({ max: MAX_SEEN_EVENTS });
  return (given) => {
    const id = readEventId(given);
    const before = id === undefined ? undefined : seen.get(id);
    if (before === "applied") return;
    const event = readEvent(given);
    const changes = event === undefined ? undefined : readChanges(event);
    // One that cannot be read may come whole the next time: a webhook's content is not the feed's.
    if (id !== undefined) seen.set(id, changes === undefined ? "unreadable" : "applied");
    if (changes !== undefined) changes.forEach(apply);
    else if (before === undefined) reportUnreadable(event?.event ?? "an event without a type");
  };
}

function applyChange(
  change: AccessChange,
  {
    revocations,
    memberships,
    apiKeys,
  }: { readonly revocations: Revocations } & Pick<
    RevocationWatchOptions,
    "memberships" | "apiKeys"
  >,
): void {
  switch (change.kind) {
    case "revoked":
      revocations.add(change.subject, change.at);
      return;
    case "api-key-revoked":
      apiKeys.forget(change.id);
      return;
    case "key-owner-removed":
      apiKeys.forgetOwner(change.owner);
      return;
    case "membership-changed":
      memberships.forgetMember(change.userId, change.organizationId);
      return;
    case "roles-changed":
      memberships.forgetRoles(change.organizationId);
  }
}
