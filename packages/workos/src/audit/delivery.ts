import type { Schedule } from "../standards/schedule.js";
import { createDeliveryResults, type DeliveryReports } from "./delivery-results.js";
import { createDeliveryTurns } from "./delivery-turns.js";
import { createLanes } from "./lanes.js";
import type { DeliveredOutbox, OutboxEntry, WaitingEntry } from "./outbox.js";
import { createAlarm, createBackoff, createPace, createSteadyClock } from "./pace.js";
import type { DeliveryResult } from "../workos/audit-log-event.js";

/** Carries entries from an outbox to where they belong. */
export interface Delivery {
  /** Signals that there may be something to send. */
  readonly wake: () => void;
  /** Sends what is ready, as fast as it goes and for so many milliseconds at most, and no sooner than it was asked to. */
  readonly flush: (within: number) => Promise<void>;
  readonly close: () => void;
}

/** Entries on their way at the same time; with answers after 600 ms that is 50 a second for one organization. */
const MAX_IN_FLIGHT = 64;
/** An entry on its way is due again after so long, in milliseconds, in case what became of it cannot be noted. */
const LEASE_MS = 60_000;
/** An outbox that others may fill is looked into so often, in milliseconds. */
const IDLE_LOOK_MS = 30_000;

/** What a delivery needs of the world around it. */
export interface DeliveryOptions extends DeliveryReports {
  readonly outbox: DeliveredOutbox;
  readonly send: (entry: OutboxEntry) => Promise<DeliveryResult>;
  readonly now: () => number;
  readonly schedule: Schedule;
  /** From 0 to 1, for the spread of waits. */
  readonly random: () => number;
  /** Entries sent in a second at most. */
  readonly maxPerSecond: number;
}

/**
 * Makes a delivery that sends each entry until it is taken or refused. Entries are sent independently of each other,
 * and organizations in turn: one whose entries fail waits, longer each time, and the others go on.
 *
 * An entry is removed after it was taken; when the process dies in between it is sent again with
 * the same idempotency key. One that fails while others of its organization arrive waits alone. A 429 is about all
 * entries, so nothing is sent before its Retry-After.
 */
export function createDelivery({
  outbox,
  send,
  now,
  schedule,
  random,
  maxPerSecond,
  ...reports
}: DeliveryOptions): Delivery {
  const steady = createSteadyClock(now);
  const backoff = createBackoff(random);
  const lanes = createLanes(steady, backoff);
  const pace = createPace(maxPerSecond, steady);
  const flying = new Set<string>();
  const state = { outbox, lanes, flying, now, steady };
  const { attempt, ...results } = createDeliveryResults(state, backoff, reports);
  const turns = createDeliveryTurns(state, results.expire);
  const flush = createFlush(steady, schedule);
  /** Failures in a row of looks into the outbox. */
  let unreadable = 0;
  let isClosed = false;

  /** Sends an entry and notes what became of it; never rejects. */
  const dispatch = async (waiting: WaitingEntry): Promise<void> => {
    const { key, organizationId, event, attempts, firstTriedAt = now() } = waiting;
    const entry = { key, organizationId, event, attempts: attempts + 1, firstTriedAt };
    flying.add(key);
    const departure = lanes.depart(organizationId);
    attempt(() => {
      outbox.note(entry, now() + LEASE_MS);
    });
    const result = await send(entry).catch(toUnavailable);
    flying.delete(key);
    attempt(() => {
      results.note(entry, result, departure);
    });
    lanes.land(organizationId);
    look();
  };

  /** From when on an entry may be sent; no pace binds a flush, since the process is about to end. */
  const gate = (): number =>
    Math.max(results.leaveAloneUntil(), flush.isUnderWay() ? -Infinity : pace.opensAt());

  /** Sends an entry of each organization in turn for as long as that is possible; returns when to go on. */
  const sendDue = (): number => {
    let hasSent = true;
    let soonest = Infinity;
    while (flying.size < MAX_IN_FLIGHT && steady() < flush.until()) {
      if (gate() > steady()) return gate();
      if (turns.areOver()) {
        // A whole round of turns without an entry: the rest waits for an answer, or for its time.
        if (!hasSent) return soonest;
        hasSent = false;
        soonest = turns.start();
        if (turns.areOver()) return soonest;
      }
      const entry = turns.next(MAX_IN_FLIGHT - flying.size);
      if (entry === undefined) continue;
      hasSent = true;
      pace.count();
      void dispatch(entry);
    }
    return Infinity;
  };

  /** Sends what can be sent, ends a flush that has nothing more to wait for, and plans the next look. */
  const look = (): void => {
    if (isClosed) return;
    let at = Infinity;
    const isReadable = attempt(() => {
      at = sendDue();
    });
    unreadable = isReadable ? 0 : unreadable + 1;
    if (!isReadable) at = steady() + backoff(unreadable);
    if (flush.isUnderWay() && flying.size === 0) {
      // Only Retry-After is waited for; what was tried and failed is left for the next start.
      const isAsked = at === results.leaveAloneUntil() && at <= flush.until();
      const isWorthIt = isReadable && isAsked && outbox.size() > 0;
      if (!isWorthIt) flush.end();
    }
    plan(at);
  };

  const alarm = createAlarm(look, IDLE_LOOK_MS, steady, schedule);
  const plan = (at: number): void => {
    if (!isClosed) alarm.set(at);
  };

  return {
    wake() {
      if (isClosed || flying.size >= MAX_IN_FLIGHT) return;
      const at = Math.max(gate(), steady());
      if (at < alarm.setFor()) plan(at);
    },
    async flush(within) {
      attempt(() => {
        // What was to wait while others arrived will not be asked for again.
        outbox.hurry(now());
      });
      lanes.hurry();
      const ended = flush.start(within);
      look();
      await ended;
    },
    close() {
      isClosed = true;
      alarm.cancel();
    },
  };
}

/** A time in which a delivery sends what it can, before its process ends. */
interface Flush {
  /** Starts; resolves when it was ended, or its time is over. */
  readonly start: (within: number) => Promise<void>;
  readonly end: () => void;
  readonly isUnderWay: () => boolean;
  /** When its time is over; Infinity while there is none. */
  readonly until: () => number;
}

function createFlush(now: () => number, schedule: Schedule): Flush {
  let current: { readonly until: number; readonly end: () => void } | undefined;
  return {
    start: async (within) =>
      new Promise((resolve) => {
        const end = (): void => {
          current = undefined;
          stopWaiting();
          resolve();
        };
        const stopWaiting = schedule(end, within);
        current = { until: now() + within, end };
      }),
    end: () => current?.end(),
    isUnderWay: () => current !== undefined,
    until: () => current?.until ?? Infinity,
  };
}

/** A sender that breaks its promise not to reject is this entry's failure, and no other's. */
function toUnavailable(error: unknown): DeliveryResult {
  return {
    kind: "unavailable",
    problem: `the event could not be sent: ${error instanceof Error ? error.message : String(error)}`,
  };
}
