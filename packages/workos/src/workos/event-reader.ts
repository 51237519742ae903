import { ACCESS_EVENTS } from "./access-events.js";
import type { WorkOS } from "./client.js";
import { UnusableAnswerError } from "./failure.js";

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
/** Pages read in a row at most, more than are read again. */
const MOST_PAGES = 200;
/** Events in one read at most. */
export const MAX_EVENTS: number = MOST_PAGES * PAGE;
/** Answers that may mean an unknown cursor, such as one older than the 90 days that WorkOS keeps. */
const REFUSES_CURSOR: ReadonlySet<number> = new Set([400, 404, 422]);
/** Answers that may mean, without a cursor, a time too long ago: half as far is tried then, down to an hour. */
const REFUSES_START: ReadonlySet<number> = new Set([400, 422]);
const LEAST_REACH = 3_600_000;

/** A page of the Events API, as far as the feed reads it. */
interface Page {
  readonly data: readonly { readonly id: string; readonly created_at?: unknown }[];
  readonly list_metadata?: { readonly after?: unknown };
}

/** The last whole read: when it began, by both clocks, and since when every event is known with it. */
interface KnownSpan {
  /** By the clock that never goes back. */
  readonly until: number;
  /** Since the epoch, as `since` is. */
  readonly at: number;
  readonly since: number;
}

/** Reads events from where the last read stopped. */
export interface EventReader {
  /** Reads to the end; returns whether it got there. Rejects when WorkOS does not answer, or not with events. */
  readonly read: () => Promise<boolean>;
  /** Begins anew when it was the cursor that was refused, and later when it was the beginning. */
  readonly adaptTo: (status: number | undefined) => void;
  /** Undefined before the first whole read. */
  readonly known: () => KnownSpan | undefined;
}

/** Times in milliseconds. */
export interface EventReaderOptions {
  readonly client: () => WorkOS;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds of a clock that never goes back. */
  readonly elapsed: () => number;
  /** How far back the first read reaches: as long as the longest token lives. */
  readonly reach: number;
  /** Receives every event as WorkOS wrote it, and those of the last minute again at every read. */
  readonly onEvent: (event: unknown) => void;
}

/**
 * Makes what reads the WorkOS Events API page by page, with the cursor in memory.
 *
 * Each read begins at the last event that is older than {@link EVENT_LAG_MS}, and so returns younger ones again: an
 * event that becomes readable after later ones would stay behind the cursor for good. Costs one call when nothing
 * happened within the last minute, and one for each hundred events since otherwise; of events that were read before,
 * the latest 10,000. A page that ends where one ended before is a failure, not progress.
 *
 * @param onPage receives how long a read has taken, after each page but the last.
 * @see https://workos.com/docs/reference/events/list
 */
export function createEventReader(
  { client, now, elapsed, reach, onEvent }: EventReaderOptions,
  onPage: (duration: number) => void,
): EventReader {
  let furthest = FURTHEST;
  /** The event that reads begin after: everything up to it was read when it was no longer new. */
  let cursor: string | undefined;
  /** The event that the page after was asked for, within a read. */
  let position: string | undefined;
  /** Where the chain of pages began that the cursor goes on with. */
  let from = now();
  let known: KnownSpan | undefined;

  /** Far enough back for the longest token, and for what happened since the last whole read. */
  const beginning = (): number =>
    Math.max(now() - furthest, Math.min(now(), known?.at ?? Infinity) - reach);

  const read = async (): Promise<boolean> => {
    const [until, at] = [elapsed(), now()];
    if (cursor === undefined) from = beginning();
    position = cursor;
    const advance = createCursor(at - EVENT_LAG_MS - CLOCK_ERROR_MS, position);
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const { data: events, list_metadata: metadata } = await askPage(client(), position, from);
      for (const event of events) onEvent(event);
      cursor = advance(events) ?? cursor;
      position = events.at(-1)?.id ?? position;
      // A page that is short and names where to go on is not the last one.
      if (events.length === 0 || (events.length < PAGE && typeof metadata?.after !== "string")) {
        // After an outage longer than WorkOS answers for there is a gap, and what was known before it is no use.
        const hasGap = known === undefined || known.at < from;
        known = { until, at, since: hasGap ? from : Math.min(known?.since ?? from, from) };
        return true;
      }
      onPage(elapsed() - until);
    }
    return false;
  };

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

  return { read, adaptTo, known: () => known };
}

async function askPage(workos: WorkOS, after: string | undefined, from: number): Promise<Page> {
  const { data } = await workos.get<Page>("/events", {
    query: {
      events: ACCESS_EVENTS,
      limit: PAGE,
      order: "asc",
      ...(after === undefined ? { range_start: new Date(from).toISOString() } : { after }),
    },
  });
  return data;
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
