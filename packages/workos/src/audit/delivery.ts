import { createLanes, type Departure } from "./lanes.js";
import { LONGEST_WAIT, type OutboxEntry, type Outbox, type WaitingEntry } from "./outbox.js";
import type { DeliveryResult } from "../workos/audit-log-event.js";

type Failed = Extract<DeliveryResult, { kind: "unavailable" }>;

/** Carries letters from an outbox to where they belong. */
export interface Delivery {
  /** Signals that there may be something to send. */
  readonly wake: () => void;
  /** Sends what is ready, as fast as it goes and for so many milliseconds at most, and no sooner than it was asked to. */
  readonly flush: (within: number) => Promise<void>;
  readonly close: () => void;
}

/** Letters on their way at the same time; with answers after 600 ms that is 50 a second for one organization. */
const AT_ONCE = 64;
/** Letters that may be sent at once after a pause. */
const BURST = 5;
/** After a failure the next attempt waits so long, twice as long after each further one, in milliseconds. */
const SHORTEST_WAIT = 1_000;
/** A letter on its way is due again after so long, in milliseconds, in case what became of it cannot be noted. */
const LEASE = 60_000;
/** A letter that was first sent so long ago has failed and is not sent again, in milliseconds: its key counts for 24 hours. */
const LONGEST_TRIAL = 20 * 3_600_000;
/** An outbox that others may fill is looked into so often, in milliseconds. */
const IDLE = 30_000;

/** What a delivery needs of the world around it. */
export interface DeliveryOptions {
  readonly outbox: Outbox;
  readonly send: (letter: OutboxEntry) => Promise<DeliveryResult>;
  readonly now: () => number;
  /** Calls a function later, once; returns what cancels it. Milliseconds. */
  readonly schedule: (run: () => void, delay: number) => () => void;
  /** From 0 to 1, for the spread of waits. */
  readonly random: () => number;
  /** Letters sent in a second at most. */
  readonly maxPerSecond: number;
  /** Is called when letters stop or start arriving. */
  readonly report: (state: "unreachable" | "recovered", detail: string) => void;
  /** Is called with a letter that is sent no more, and whether an older failed one was dropped for it. */
  readonly onDead: (letter: OutboxEntry, problem: string, hasDropped: boolean) => void;
}

/**
 * Makes a delivery that sends each letter until it is taken or refused. Letters are sent independently of each other,
 * and organizations in turn: one whose letters fail waits, longer each time, and the others go on.
 *
 * A letter is removed after it was taken; when the process dies in between it is sent again with
 * the same idempotency key. One that fails while others of its organization arrive waits alone. A 429 is about all
 * letters, so nothing is sent before its Retry-After.
 */
export function createDelivery({
  outbox,
  send,
  now,
  schedule,
  random,
  maxPerSecond,
  report,
  onDead,
}: DeliveryOptions): Delivery {
  const steady = createSteadyClock(now);
  const backoff = (times: number): number => {
    const longest = Math.min(LONGEST_WAIT, SHORTEST_WAIT * 2 ** (times - 1));
    // From half to the whole, so that a fleet does not come back as one.
    return Math.ceil(longest * (0.5 + random() / 2));
  };
  const lanes = createLanes(steady, backoff);
  const pace = createPace(maxPerSecond, steady);
  /** Keys on their way, so that no letter is sent twice at a time. */
  const flying = new Set<string>();
  /** Organizations whose turn it is. */
  const turns: string[] = [];
  let cancel = (): void => undefined;
  /** When the next look is planned for. */
  let next = Infinity;
  /** Until when WorkOS asked to be left alone, which binds a flush too. */
  let leaveAloneUntil = -Infinity;
  /** Failures since something arrived, of whatever organization. */
  let inARow = 0;
  let isUnreachable = false;
  let unreadable = 0;
  let lastProblem = "";
  let isClosed = false;
  let flushing: { readonly until: number; readonly end: () => void } | undefined;

  const reportUnreachable = (problem: string): void => {
    if (!isUnreachable) report("unreachable", problem);
    isUnreachable = true;
  };

  /** Runs what touches the outbox: a disk that fails may neither end the process nor stop the delivery for good. */
  const attempt = (work: () => void): boolean => {
    try {
      work();
      return true;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      reportUnreachable(`the outbox cannot be used: ${why}`);
      return false;
    }
  };

  const bury = (letter: OutboxEntry, problem: string): void => {
    onDead(letter, problem, outbox.bury(letter.key, problem, now()));
  };

  const succeed = (organizationId: string): void => {
    const wasReported = lanes.succeed(organizationId);
    inARow = 0;
    if (isUnreachable) {
      report("recovered", "audit log events arrive again; those that waited follow");
      lanes.hurry();
    } else if (wasReported) {
      report("recovered", `audit log events of ${organizationId} arrive again`);
    }
    isUnreachable = false;
  };

  const fail = (letter: WaitingEntry, departure: Departure, sent: Failed): void => {
    const { organizationId, attempts } = letter;
    const { problem, retryAfter } = sent;
    lastProblem = `: ${problem}`;
    inARow += 1;
    const { isEverywhere, isNews } = lanes.fail(organizationId, departure, retryAfter);
    // One that failed before is no sign for others, unless nothing else arrives either.
    const isTelling = attempts === 1 || inARow >= 3;
    if (isEverywhere && isTelling && flying.size === 0) reportUnreachable(problem);
    if (isNews && !isUnreachable) {
      report("unreachable", `events of ${organizationId} wait, others arrive: ${problem}`);
    }
    outbox.note(letter, now() + backoff(attempts));
  };

  const settle = (letter: WaitingEntry, sent: DeliveryResult, departure: Departure): void => {
    if (sent.kind === "unavailable") {
      fail(letter, departure, sent);
      return;
    }
    succeed(letter.organizationId);
    if (sent.kind === "accepted") outbox.remove(letter.key);
    else if (sent.kind === "refused") bury(letter, sent.problem);
    else {
      leaveAloneUntil = Math.max(leaveAloneUntil, steady() + sent.retryAfter * 1000);
      // Before those that came after it.
      outbox.note(letter, letter.firstTriedAt ?? now());
    }
  };

  const dispatch = async (waiting: WaitingEntry): Promise<void> => {
    const { key, organizationId, event, attempts, firstTriedAt = now() } = waiting;
    const letter = { key, organizationId, event, attempts: attempts + 1, firstTriedAt };
    flying.add(key);
    const departure = lanes.depart(organizationId);
    attempt(() => {
      outbox.note(letter, now() + LEASE);
    });
    const sent = await send(letter).catch(toUnavailable);
    flying.delete(key);
    attempt(() => {
      settle(letter, sent, departure);
    });
    lanes.land(organizationId);
    look();
  };

  /** The letter of an organization that is to be sent now, without those that are too old for their key to count. */
  const take = (organizationId: string): WaitingEntry | undefined => {
    for (;;) {
      const letters = outbox.due(organizationId, now(), 1 + lanes.flying(organizationId));
      const letter = letters.find(({ key }) => !flying.has(key));
      if (letter === undefined) return undefined;
      if (now() - (letter.firstTriedAt ?? now()) < LONGEST_TRIAL) return letter;
      bury(letter, `not taken for 20 hours${lastProblem}`);
    }
  };

  /** Gives every organization that has something to send a turn; returns when the next one will have. */
  const startTurns = (): number => {
    let soonest = Infinity;
    for (const { organizationId, dueAt } of outbox.queues()) {
      const wait = dueAt > now() + LONGEST_WAIT ? 0 : dueAt - now();
      const at = Math.max(steady() + wait, lanes.waitUntil(organizationId));
      if (at <= steady()) turns.push(organizationId);
      else soonest = Math.min(soonest, at);
    }
    return soonest;
  };

  /** From when on a letter may be sent; no pace binds a flush, since the process is about to end. */
  const gate = (): number =>
    Math.max(leaveAloneUntil, flushing === undefined ? pace.opensAt() : -Infinity);

  const hasTime = (): boolean => flushing === undefined || steady() < flushing.until;

  /** Sends a letter of each organization in turn for as long as that is possible; returns when to go on. */
  const sendDue = (): number => {
    let hasSent = true;
    let soonest = Infinity;
    while (flying.size < AT_ONCE && hasTime()) {
      if (gate() > steady()) return gate();
      if (turns.length === 0) {
        // A whole round of turns without a letter: the rest waits for an answer, or for its time.
        if (!hasSent) return soonest;
        hasSent = false;
        soonest = startTurns();
      }
      const organizationId = turns.shift();
      if (organizationId === undefined) return soonest;
      if (!lanes.maySend(organizationId, AT_ONCE - flying.size)) continue;
      const letter = take(organizationId);
      if (letter === undefined) continue;
      hasSent = true;
      pace.count();
      void dispatch(letter);
    }
    return Infinity;
  };

  const plan = (at: number): void => {
    cancel();
    if (isClosed) return;
    const now = steady();
    next = Math.max(now, Math.min(at, now + IDLE));
    cancel = schedule(look, Math.ceil(next - now));
  };

  const look = (): void => {
    next = Infinity;
    if (isClosed) return;
    let at = Infinity;
    const isReadable = attempt(() => {
      at = sendDue();
    });
    unreadable = isReadable ? 0 : unreadable + 1;
    if (!isReadable) at = steady() + backoff(unreadable);
    if (flushing !== undefined && flying.size === 0) {
      // Only Retry-After is waited for; what was tried and failed is left for the next start.
      const isAsked = at === leaveAloneUntil && at <= flushing.until;
      const isWorthIt = isReadable && isAsked && outbox.size() > 0;
      if (!isWorthIt) flushing.end();
    }
    plan(at);
  };

  return {
    wake() {
      if (isClosed || flying.size >= AT_ONCE) return;
      const at = Math.max(gate(), steady());
      if (at < next) plan(at);
    },
    async flush(within) {
      attempt(() => {
        // What was to wait while others arrived will not be asked for again.
        outbox.hurry(now());
      });
      lanes.hurry();
      await new Promise<void>((resolve) => {
        const end = (): void => {
          flushing = undefined;
          stopWaiting();
          resolve();
        };
        const stopWaiting = schedule(end, within);
        flushing = { until: steady() + within, end };
        look();
      });
    },
    close() {
      isClosed = true;
      cancel();
    },
  };
}

/** Creates a clock that never goes back: what is waited for is not waited for longer because the time was set. */
function createSteadyClock(now: () => number): () => number {
  let seen = -Infinity;
  let behind = 0;
  return () => {
    const time = now();
    if (time < seen) behind += seen - time;
    seen = time;
    return time + behind;
  };
}

/** Spreads letters over time: so many a second, and a few at once after a pause. */
function createPace(
  maxPerSecond: number,
  now: () => number,
): { readonly opensAt: () => number; readonly count: () => void } {
  const interval = 1000 / maxPerSecond;
  let paidUntil = -Infinity;
  return {
    opensAt: () => paidUntil - (BURST - 1) * interval,
    count: () => void (paidUntil = Math.max(paidUntil, now()) + interval),
  };
}

/** A sender that breaks its promise not to reject is this letter's failure, and no other's. */
function toUnavailable(error: unknown): DeliveryResult {
  return {
    kind: "unavailable",
    problem: `the event could not be sent: ${error instanceof Error ? error.message : String(error)}`,
  };
}
