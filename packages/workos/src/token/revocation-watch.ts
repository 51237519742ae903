import { LRUCache } from "lru-cache";
import type { ApiKeyValidator } from "../workos/api-keys.js";
import { changesOf, type AccessChange, type WorkOSEvent } from "../workos/access-events.js";
import { createEventFeed } from "../workos/event-feed.js";
import type { WorkOS } from "../workos/client.js";
import type { MembershipDirectory } from "../workos/memberships.js";
import type { Schedule } from "../workos/schedule.js";
import type { TokenRefusal } from "./refusal.js";
import type { RevocationSettings } from "./revocation-policy.js";
import { createRevocations } from "./revocations.js";
import type { VerifiedToken } from "./verify.js";

/** Knows what was revoked. */
export interface RevocationWatch {
  /** Why a good token does not count any more, if so. */
  readonly refusalOf: (token: VerifiedToken) => TokenRefusal | undefined;
  /** Takes an event that came by webhook. */
  readonly onEvent: (event: WorkOSEvent) => void;
  readonly start: () => void;
  readonly close: () => void;
  /** Milliseconds since the last moment up to which every event is known. */
  readonly staleness: () => number;
  /** Revoked subjects that are remembered. */
  readonly size: () => number;
}

/** Events remembered so that one that comes twice, by poll and by webhook, is worked on once. */
const EVENTS = 10_000;

/** What the watch needs of the floors around it. */
export interface RevocationWatchOptions {
  readonly settings: RevocationSettings;
  readonly client: () => WorkOS;
  readonly now: () => number;
  readonly schedule: Schedule;
  readonly memberships: MembershipDirectory;
  readonly apiKeys: ApiKeyValidator;
  readonly report: (state: "unreachable" | "recovered", detail: string) => void;
}

/**
 * Turns events of WorkOS into tokens that no longer count and into memories that are
 * dropped.
 *
 * Instances share nothing but WorkOS: each reads the same events, and a restart reads
 * them anew as far back as a token can live. Does NOT know how long WorkOS takes to
 * write an event.
 */
export function createRevocationWatch({
  settings,
  client,
  now,
  schedule,
  memberships,
  apiKeys,
  report,
}: RevocationWatchOptions): RevocationWatch {
  const revocations = createRevocations(now, settings.longestToken);
  const seen = new LRUCache<string, true>({ max: EVENTS });
  const startedAt = now();

  const apply = (change: AccessChange): void => {
    switch (change.kind) {
      case "revoked":
        revocations.add(change.subject, change.at);
        return;
      case "api-key-revoked":
        apiKeys.forget(change.id);
        return;
      case "membership-changed":
        memberships.forgetMember(change.userId, change.organizationId);
        return;
      case "roles-changed":
        memberships.forgetRoles(change.organizationId);
    }
  };
  const onEvent = (event: WorkOSEvent): void => {
    if (seen.get(event.id) === true) return;
    seen.set(event.id, true);
    changesOf(event).forEach(apply);
  };
  const { every, longestToken: reach, failClosedAfter } = settings;
  const feed = createEventFeed({ client, now, schedule, every, reach, onEvent, report });
  const staleness = (): number => now() - (feed.readUntil() ?? startedAt);

  return {
    refusalOf(token) {
      if (failClosedAfter !== undefined && staleness() > failClosedAfter) {
        return { reason: "revocations_unknown" };
      }
      return revocations.isRevoked(token) ? { reason: "token_revoked" } : undefined;
    },
    onEvent,
    start: feed.start,
    close: feed.close,
    staleness,
    size: revocations.size,
  };
}
