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
  /** Ends with the first read, whether it succeeded or not, or soon when that takes long; never rejects. */
  readonly firstRead: Promise<void>;
}

/** Events in one page, the API's most. */
const PAGE = 100;
/** Pages read in a row at most: more than a hundred thousand events a poll is not ours to catch up with. */
const MOST_PAGES = 1_000;
/** Callers wait for the first read, but not much longer than this, in milliseconds. */
const LONGEST_FIRST_READ = 5_000;
/** Part of the interval by which polls of several instances drift apart. */
const JITTER = 0.1;
/** Answers that may mean an unknown cursor, such as one older than the 90 days that WorkOS keeps. */
const REFUSES_CURSOR: ReadonlySet<number> = new Set([400, 404, 422]);
/** After failures polls become rarer, to this many times the interval at most. */
const SLOWEST = 10;

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
 * A failed read is repeated from where it stood, later and later; a cursor that WorkOS
 * no longer knows is dropped, and reading reaches back anew. Does NOT see what has
 * no event, such as a revoked consent.
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
  let cursor: string | undefined;
  let readUntil: number | undefined;
  let failures = 0;
  let isClosed = false;
  let cancel = (): void => undefined;
  let from = new Date(now() - reach).toISOString();
  let settleFirst = (): void => undefined;
  const firstRead = new Promise<void>((resolve) => {
    settleFirst = resolve;
  });

  const read = async (): Promise<void> => {
    const startedAt = elapsed();
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const { data } = await client().get<Page>("/events", {
        query: {
          events: ACCESS_EVENTS,
          limit: PAGE,
          order: "asc",
          ...(cursor === undefined ? { range_start: from } : { after: cursor }),
        },
      });
      const events = data.data ?? [];
      for (const event of events) onEvent(event);
      cursor = events.at(-1)?.id ?? cursor;
      if (events.length < PAGE) {
        readUntil = startedAt;
        return;
      }
      if (elapsed() - startedAt > LONGEST_FIRST_READ) settleFirst();
    }
  };

  /** Begins anew when it was the cursor that was refused. */
  const forgetCursor = (status: number | undefined): void => {
    if (cursor === undefined || status === undefined || !REFUSES_CURSOR.has(status)) return;
    cursor = undefined;
    from = new Date(now() - reach).toISOString();
  };

  const poll = async (): Promise<void> => {
    try {
      await read();
      if (failures > 0) report("recovered", "events are read again; nothing was missed");
      failures = 0;
    } catch (error) {
      failures += 1;
      const { status } = failureOf(error);
      if (failures === 1) report("unreachable", problemOf(status));
      forgetCursor(status);
    }
    settleFirst();
    if (isClosed) return;
    const wait = every * Math.min(SLOWEST, 2 ** Math.max(0, failures - 1));
    cancel = schedule(() => void poll(), wait * (1 + JITTER * (Math.random() * 2 - 1)));
  };

  return {
    start: () => void poll(),
    close() {
      isClosed = true;
      cancel();
    },
    readUntil: () => readUntil,
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
