import type { Schedule } from "./schedule.js";
import { ACCESS_EVENTS } from "./access-events.js";
import type { WorkOS } from "./client.js";
import { failureOf } from "./failure.js";

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
}

/** WorkOS tells of 30 days in one request; an hour less, since its clock is not ours. In milliseconds. */
export const FURTHEST: number = (30 * 24 - 1) * 3_600_000;

/** Events in one page, the API's most. */
const PAGE = 100;
/** Pages read in a row at most; what is left is read a second later. */
const MOST_PAGES = 1_000;
const SOON = 1_000;
/** Callers wait for the first read, but not much longer than this, in milliseconds. */
const LONGEST_FIRST_READ = 5_000;
/** Part of the interval by which polls of several instances drift apart. */
const JITTER = 0.1;
/** Answers that may mean an unknown cursor, such as one older than the 90 days that WorkOS keeps. */
const REFUSES_CURSOR: ReadonlySet<number> = new Set([400, 404, 422]);
/** Answers that may mean, without a cursor, a time too long ago: half as far is tried then, down to an hour. */
const REFUSES_START: ReadonlySet<number> = new Set([400, 422]);
const LEAST_REACH = 3_600_000;
/** After failures polls become rarer, by this much at most: an outage must not make revocations late for long. */
const LONGEST_DELAY = 5_000;
/** A Retry-After of WorkOS is waited for, so long at most. */
const LONGEST_PAUSE = 60_000;

/** A page of the Events API, as far as the feed reads it. */
interface Page {
  readonly data?: readonly { readonly id?: string }[];
}

/** Times in milliseconds. */
export interface EventFeedOptions {
  readonly client: () => WorkOS;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds of a clock that never goes back. */
  readonly elapsed: () => number;
  readonly schedule: Schedule;
  /** From the end of one read to the beginning of the next. */
  readonly every: number;
  /** How far back the first read reaches: as long as the longest token lives. */
  readonly reach: number;
  /** Hears of every event, as WorkOS wrote it. */
  readonly onEvent: (event: unknown) => void;
  /** Hears when WorkOS stops or starts answering. */
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
 *
 * @see https://workos.com/docs/reference/events/list
 */
export function createEventFeed({
  client,
  now,
  elapsed,
  schedule,
  every,
  reach,
  onEvent,
  report,
}: EventFeedOptions): EventFeed {
  let furthest = FURTHEST;
  let cursor: string | undefined;
  /** Where the chain of pages began that the cursor goes on with. */
  let from = now();
  /** The last whole read: when it began, by both clocks, and since when everything is known with it. */
  let known: { readonly until: number; readonly at: number; readonly since: number } | undefined;
  let failures = 0;
  let isClosed = false;
  let cancel = (): void => undefined;
  let settleFirst = (): void => undefined;
  const firstRead = new Promise<void>((resolve) => {
    settleFirst = resolve;
  });

  /** Far enough back for the longest token, and for what happened since the last whole read. */
  const beginning = (): number =>
    Math.max(now() - furthest, Math.min(now(), known?.at ?? Infinity) - reach);

  /** Reads to the end, and tells whether it got there. */
  const read = async (): Promise<boolean> => {
    const [until, at] = [elapsed(), now()];
    if (cursor === undefined) from = beginning();
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const { data } = await client().get<Page>("/events", {
        query: {
          events: ACCESS_EVENTS,
          limit: PAGE,
          order: "asc",
          ...(cursor === undefined
            ? { range_start: new Date(from).toISOString() }
            : { after: cursor }),
        },
      });
      const events = data.data ?? [];
      for (const event of events) onEvent(event);
      cursor = events.at(-1)?.id ?? cursor;
      if (events.length < PAGE) {
        // After an outage longer than WorkOS tells of there is a gap, and what was known before it is no use.
        const hasGap = known === undefined || known.at < from;
        known = { until, at, since: hasGap ? from : Math.min(known?.since ?? from, from) };
        return true;
      }
      if (elapsed() - until > LONGEST_FIRST_READ) settleFirst();
    }
    return false;
  };

  /** Begins anew when it was the cursor that was refused, and later when it was the beginning. */
  const adaptTo = (status: number | undefined): void => {
    if (status === undefined) return;
    if (cursor !== undefined) {
      if (REFUSES_CURSOR.has(status)) cursor = undefined;
    } else if (REFUSES_START.has(status)) {
      const refused = now() - from;
      // Even an hour was refused, so that was not it.
      furthest = refused <= LEAST_REACH ? FURTHEST : Math.max(LEAST_REACH, refused / 2);
    }
  };

  /** Reads, and tells how long to wait for the next time. */
  const readOnce = async (): Promise<number> => {
    const usual = every * (1 + JITTER * (Math.random() * 2 - 1));
    try {
      const isWhole = await read();
      if (failures > 0) report("recovered", "events are read again; nothing was missed");
      failures = 0;
      return isWhole ? usual : Math.min(usual, SOON);
    } catch (error) {
      failures += 1;
      const { status, retryAfter = 0 } = failureOf(error);
      if (failures === 1) report("unreachable", problemOf(status));
      adaptTo(status);
      const later = usual + Math.min(LONGEST_DELAY, 1_000 * (2 ** (failures - 1) - 1));
      return Math.max(later, Math.min(retryAfter * 1_000, LONGEST_PAUSE));
    }
  };

  const poll = async (): Promise<void> => {
    const wait = await readOnce();
    settleFirst();
    if (!isClosed) cancel = schedule(() => void poll(), wait);
  };

  return {
    start: () => void poll(),
    close() {
      isClosed = true;
      cancel();
    },
    readUntil: () => known?.until,
    readSince: () => known && Math.max(known.since, now() - FURTHEST),
    isReachable: () => failures === 0,
    firstRead,
  };
}

function problemOf(status: number | undefined): string {
  const cause =
    status === undefined
      ? "the Events API cannot be reached"
      : status === 401 || status === 403
        ? `the Events API refused this environment's apiKey (${status})`
        : `the Events API answered ${status}`;
  return `${cause}, so revocations are noticed late`;
}
