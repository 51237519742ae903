import type { Schedule } from "../standards/schedule.js";
import { within } from "../trail/time-limit.js";
import {
  createEventReader,
  FURTHEST,
  MAX_EVENTS,
  type EventReaderOptions,
} from "./event-reader.js";
import { readFailure } from "./failure.js";

/** Reads the events that concern access, again and again. */
export interface EventFeed {
  /** Begins with a first read that reaches back. */
  readonly start: () => void;
  readonly close: () => void;
  /** Up to when every event is known, by the clock that never goes back; undefined before the first whole read. */
  readonly readUntil: () => number | undefined;
  /** Since when every event is known, in milliseconds since the epoch; undefined before the first whole read. */
  readonly readSince: () => number | undefined;
  /** Whether the last read went well. */
  readonly isReachable: () => boolean;
  /** Ends with the first read, whether it succeeded or not, or soon when that takes long; never rejects. */
  readonly firstRead: Promise<void>;
  /**
   * The read under way, when it began late, as after a machine's sleep or where nothing runs between requests; soon
   * over. Undefined when events are known up to now, or cannot be read.
   */
  readonly lateRead: () => Promise<void> | undefined;
}

/** What is left after a read of the most events is read so much later. */
const SOON = 1_000;
/** Callers wait for the first read, but not much longer than this, in milliseconds. */
const LONGEST_FIRST_READ = 5_000;
/** Part of the interval by which polls of several instances drift apart. */
const JITTER = 0.1;
/** After failures polls become rarer, by this much at most: an outage must not make revocations late for long. */
const LONGEST_DELAY = 5_000;
/** A Retry-After of WorkOS is waited for, so long at most. */
const LONGEST_PAUSE_MS = 60_000;

/** Times in milliseconds. */
export interface EventFeedOptions extends EventReaderOptions {
  readonly schedule: Schedule;
  /** From the end of one read to the beginning of the next. */
  readonly every: number;
  /** Called when WorkOS stops or starts answering. */
  readonly report: (state: "unreachable" | "recovered", detail: string) => void;
}

/**
 * Polls the WorkOS Events API for what concerns access, with the cursor in memory: a
 * restart reads anew as far back as a token can matter, so nothing has to be stored.
 *
 * A failed read is repeated from where it stood, a few seconds later than usual at most
 * unless WorkOS asks for more. A cursor that WorkOS no longer knows is dropped, and
 * reading reaches back anew; a beginning that it finds too long ago is brought nearer. Does
 * NOT see what has no event, such as a revoked consent.
 */
export function createEventFeed({
  schedule,
  every,
  report,
  ...options
}: EventFeedOptions): EventFeed {
  let settleFirst = (): void => undefined;
  const firstRead = new Promise<void>((resolve) => {
    settleFirst = resolve;
  });
  const reader = createEventReader(options, (duration) => {
    if (duration > LONGEST_FIRST_READ) settleFirst();
  });
  let failures = 0;
  /** Whether it was reported that events are not read in time. */
  let isLate = false;
  let isClosed = false;
  let reading: Promise<void> | undefined;
  let cancel = (): void => undefined;

  const reportLate = (detail: string): void => {
    if (!isLate) report("unreachable", `${detail}, so revocations are noticed late`);
    isLate = true;
  };

  /** Reads; returns how long to wait for the next time. */
  const readOnce = async (): Promise<number> => {
    const usual = every * (1 + JITTER * (Math.random() * 2 - 1));
    try {
      const isWhole = await reader.read();
      failures = 0;
      if (!isWhole) {
        const most = MAX_EVENTS.toLocaleString("en");
        reportLate(`the Events API has more events than can be read at once (${most})`);
        return Math.min(usual, SOON);
      }
      if (isLate) report("recovered", "events are read again; nothing was missed");
      isLate = false;
      return usual;
    } catch (error) {
      failures += 1;
      const { status, retryAfter = 0, problem } = readFailure(error);
      reportLate(describeProblem(status, problem));
      reader.adaptTo(status);
      const later = usual + Math.min(LONGEST_DELAY, 1_000 * (2 ** (failures - 1) - 1));
      return Math.max(later, Math.min(retryAfter * 1_000, LONGEST_PAUSE_MS));
    }
  };

  const poll = async (): Promise<void> => {
    const wait = await readOnce();
    reading = undefined;
    settleFirst();
    if (!isClosed) cancel = schedule(begin, wait);
  };
  const begin = (): void => {
    reading = poll();
  };

  return {
    start: begin,
    close() {
      isClosed = true;
      cancel();
    },
    readUntil: () => reader.known()?.until,
    readSince() {
      const known = reader.known();
      return known && Math.max(known.since, options.now() - FURTHEST);
    },
    isReachable: () => failures === 0,
    firstRead,
    lateRead() {
      const age = options.elapsed() - (reader.known()?.until ?? Infinity);
      const isLate = failures === 0 && age > every + LONGEST_FIRST_READ;
      return isLate && reading !== undefined
        ? within(LONGEST_FIRST_READ, reading).catch(() => undefined)
        : undefined;
    },
  };
}

function describeProblem(status: number | undefined, problem = "cannot be reached"): string {
  return status === undefined
    ? `the Events API ${problem}`
    : status === 401 || status === 403
      ? `the Events API refused this environment's apiKey (${status})`
      : `the Events API answered ${status}`;
}
