import type { Lanes } from "./lanes.js";
import {
  MAX_BACKOFF_MS,
  type DeliveredOutbox,
  type OutboxEntry,
  type WaitingEntry,
} from "./outbox.js";

/** An entry that was first sent so long ago has failed and is not sent again, in milliseconds: its key counts for 24 hours. */
const MAX_TRIAL_MS = 20 * 3_600_000;

/** Organizations that send an entry each, in turn. */
export interface DeliveryTurns {
  /** Gives every organization that has something to send a turn; returns when the next one will have. */
  readonly start: () => number;
  /** Whether every organization had its turn. */
  readonly areOver: () => boolean;
  /**
   * Ends the turn of an organization and returns its entry, unless none of it may be sent now.
   *
   * @param free entries that may be sent at once, beside those on their way.
   */
  readonly next: (free: number) => WaitingEntry | undefined;
}

/** What the parts of a delivery share. */
export interface DeliveryState {
  readonly outbox: DeliveredOutbox;
  readonly lanes: Lanes;
  /** Keys on their way, so that no entry is sent twice at a time. */
  readonly flying: ReadonlySet<string>;
  readonly now: () => number;
  /** A clock that never goes back. */
  readonly steady: () => number;
}

/**
 * Creates the turns.
 *
 * @param expire gives an entry up that is too old for its key to count.
 */
export function createDeliveryTurns(
  { outbox, lanes, flying, now, steady }: DeliveryState,
  expire: (entry: OutboxEntry) => void,
): DeliveryTurns {
  const turns: string[] = [];
  return {
    start() {
      let soonest = Infinity;
      for (const { organizationId, dueAt } of outbox.queues()) {
        const wait = dueAt > now() + MAX_BACKOFF_MS ? 0 : dueAt - now();
        const at = Math.max(steady() + wait, lanes.waitUntil(organizationId));
        if (at <= steady()) turns.push(organizationId);
        else soonest = Math.min(soonest, at);
      }
      return soonest;
    },
    areOver: () => turns.length === 0,
    next(free) {
      const organizationId = turns.shift();
      if (organizationId === undefined || !lanes.maySend(organizationId, free)) return undefined;
      for (;;) {
        const entries = outbox.due(organizationId, now(), 1 + lanes.flying(organizationId));
        const entry = entries.find(({ key }) => !flying.has(key));
        if (entry === undefined) return undefined;
        if (now() - (entry.firstTriedAt ?? now()) < MAX_TRIAL_MS) return entry;
        expire(entry);
      }
    },
  };
}
