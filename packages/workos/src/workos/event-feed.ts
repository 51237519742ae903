import type { Schedule } from "../standards/schedule.js";
import { ACCESS_EVENTS } from "./access-events.js";
import type { WorkOS } from "./client.js";
import { readFailure, UnusableAnswerError } from "./failure.js";

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

/** WorkOS answers for 30 days in one request; an hour less, since its clock is not ours. In milliseconds. */
export const FURTHEST: number = (30 * 24 - 1) * 3_600_000;

/** An event that becomes readable this late, after events that happened later, is read all the same. */
const EVENT_LAG_MS = 30_000;
/** So much the clock of this machine may be ahead of WorkOS's. */
const CLOCK_ERROR_MS = 30_000;
/** Pages of events that were read before, in one read at most. */
const MAX_PAGES_AGAIN = 100;

/** Events in one page, the API's most. */
const PAGE = 100;
/** Pages read in a row at most, more than are read again; what is left is read a second later. */
const MOST_PAGES = 200;
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
  readonly data: readonly { readonly id: string; readonly created_at?: unknown }[];
  readonly list_metadata?: { readonly after?: unknown };
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
  /** Receives every event as WorkOS wrote it, and those of the last minute again at every read. */
  readonly onEvent: (event: unknown) => void;
  /** Called when WorkOS stops or starts answering. */
  readonly report: (state: "unreachable" | "recovered", detail: string) => void;
}

/**
 * Polls the WorkOS Events API for what concerns access, with the cursor in memory: a
 * restart reads anew as far back as a token can matter, so nothing has to be stored.
 *
 * Each read begins at the last event that is older than {@link EVENT_LAG_MS}, and so returns younger ones again: an
 * event that becomes readable after later ones would stay behind the cursor for good. Costs one call when nothing
 * happened within the last minute, and one for each hundred events since otherwise; of events that were read before,
 * the latest 10,000. A page that ends where one ended before is a failure, not progress.
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
  /** The event that reads begin after: everything up to it was read when it was no longer new. */
  let cursor: string | undefined;
  /** The event that the page after was asked for, within a read. */
  let position: string | undefined;
  /** Where the chain of pages began that the cursor goes on with. */
  let from = now();
  /** The last whole read: when it began, by both clocks, and since when everything is known with it. */
  let known: { readonly until: number; readonly at: number; readonly since: number } | undefined;
  let failures = 0;
  /** Whether it was reported that events are not read in time. */
  let isLate = false;
  let isClosed = false;
  let cancel = (): void => undefined;
  let settleFirst = (): void => undefined;
  const firstRead = new Promise<void>((resolve) => {
    settleFirst = resolve;
  });

  /** Far enough back for the longest token, and for what happened since the last whole read. */
  const beginning = (): number =>
    Math.max(now() - furthest, Math.min(now(), known?.at ?? Infinity) - reach);

  /** Reads to the end; returns whether it got there. */
  const read = async (): Promise<boolean> => {
    const [until, at] = [elapsed(), now()];
    if (cursor === undefined) from = beginning();
    position = cursor;
    const advance = createCursor(at - EVENT_LAG_MS - CLOCK_ERROR_MS, position);
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const { data } = await client().get<Page>("/events", {
        query: {
          events: ACCESS_EVENTS,
          limit: PAGE,
          order: "asc",
          ...(position === undefined
            ? { range_start: new Date(from).toISOString() }
            : { after: position }),
        },
      });
      const events = data.data;
      const { after } = data.list_metadata ?? {};
      for (const event of events) onEvent(event);
      cursor = advance(events) ?? cursor;
      position = events.at(-1)?.id ?? position;
      // A page that is short and names where to go on is not the last one.
      if (events.length === 0 || (events.length < PAGE && typeof after !== "string")) {
        // After an outage longer than WorkOS answers for there is a gap, and what was known before it is no use.
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
    if (position !== undefined) {
      if (REFUSES_CURSOR.has(status)) cursor = undefined;
    } else if (REFUSES_START.has(status)) {
      const refused = now() - from;
      // Even an hour was refused, so that was not it.
      furthest = refused <= LEAST_REACH ? FURTHEST : Math.max(LEAST_REACH, refused / 2);
    }
  };

  const reportLate = (detail: string): void => {
    if (!isLate) report("unreachable", `${detail}, so revocations are noticed late`);
    isLate = true;
  };

  /** Reads; returns how long to wait for the next time. */
  const readOnce = async (): Promise<number> => {
    const usual = every * (1 + JITTER * (Math.random() * 2 - 1));
    try {
      const isWhole = await read();
      failures = 0;
      if (!isWhole) {
        const most = (MOST_PAGES * PAGE).toLocaleString("en");
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

/**
 * Makes what finds, page by page, the event that the next read begins after.
 *
 * @param settledAt events until then, in milliseconds since the epoch, are all readable by now.
 * @param start the event that this read begins after.
 * @returns a function that takes a page and returns the event, or undefined as long as there is none. Throws when the
 *   page ends where one ended before.
 */
function createCursor(
  settledAt: number,
  start: string | undefined,
): (events: Page["data"]) => string | undefined {
  let latest: string | undefined;
  let isSettled = true;
  const ends = new Set([start]);
  const again: string[] = [];
  return (events) => {
    for (const { id, created_at: createdAt } of events) {
      // An event without a time is as old as the one before it.
      if (Date.parse(String(createdAt)) > settledAt) isSettled = false;
      if (isSettled) latest = id;
    }
    const end = events.at(-1)?.id;
    if (end === undefined) return latest;
    if (ends.has(end)) throw new UnusableAnswerError(200, "with the same page again");
    ends.add(end);
    if (!isSettled) again.push(end);
    if (again.length > MAX_PAGES_AGAIN) latest = again.shift();
    return latest;
  };
}

function describeProblem(status: number | undefined, problem = "cannot be reached"): string {
  return status === undefined
    ? `the Events API ${problem}`
    : status === 401 || status === 403
      ? `the Events API refused this environment's apiKey (${status})`
      : `the Events API answered ${status}`;
}
