import { describe, expect, it } from "vitest";
import { ACCESS_EVENTS } from "../../src/workos/access-events.js";
import { createEventFeed, type EventFeed } from "../../src/workos/event-feed.js";

interface Fed {
  readonly feed: EventFeed;
  readonly reports: string[];
  readonly seen: string[];
  readonly clock: { now: number };
  /** Runs what is due, and waits until the read is over. */
  readonly next: () => Promise<void>;
  readonly scheduled: () => number;
  /** How long is waited for the next read. */
  readonly waits: number[];
  /** What was asked for: a beginning, or a cursor. */
  readonly asked: string[];
  readonly queries: object[];
  readonly isCancelled: () => boolean;
}

/** @param answer one page of events, by how many reads there were. */
function feedOf(
  answer: (read: number) => unknown,
  after: (read: number) => string | null = () => null,
): Fed {
  const clock = { now: 1_000_000 };
  const reports: string[] = [];
  const seen: string[] = [];
  const waits: number[] = [];
  const asked: string[] = [];
  const queries: object[] = [];
  let reads = 0;
  let due: (() => void) | undefined;
  let scheduled = 0;
  let isCancelled = false;
  let settle = (): void => undefined;
  const client = () =>
    ({
      get: async (path: string, { query }: { query: { after?: string; range_start?: string } }) => {
        reads += 1;
        queries.push({ path, ...query });
        asked.push(query.after ?? String(Date.parse(query.range_start ?? "")));
        const list_metadata = { after: after(reads) };
        return { data: { data: await answer(reads), list_metadata } };
      },
    }) as never;
  const feed = createEventFeed({
    client,
    now: () => clock.now,
    elapsed: () => clock.now,
    schedule: (run, delay) => {
      due = run;
      waits.push(delay);
      scheduled += 1;
      settle();
      return () => {
        isCancelled = true;
      };
    },
    every: 10_000,
    reach: 60_000,
    onEvent: (event) => seen.push((event as { id: string }).id),
    report: (state, detail) => reports.push(`${state}: ${detail}`),
  });
  return {
    feed,
    reports,
    seen,
    clock,
    next: () =>
      new Promise((resolve) => {
        settle = resolve;
        if (due === undefined) feed.start();
        else due();
      }),
    scheduled: () => scheduled,
    waits,
    asked,
    queries,
    isCancelled: () => isCancelled,
  };
}

const page = (count: number, from = 0): object[] =>
  Array.from({ length: count }, (_, index) => ({ id: `event_${from + index}` }));
const failure = (status?: number, retryAfter?: number): Error =>
  Object.assign(new Error("no"), { status, retryAfter });

describe("the feed of events", () => {
  it.each([
    [undefined, "the Events API cannot be reached"],
    [401, "the Events API refused this environment's apiKey (401)"],
    [403, "the Events API refused this environment's apiKey (403)"],
    [500, "the Events API answered 500"],
  ])("says once what is wrong: %s", async (status, words) => {
    const { next, reports, feed } = feedOf(() => Promise.reject(failure(status)));
    await next();
    await next();
    expect(reports).toEqual([`unreachable: ${words}, so revocations are noticed late`]);
    expect(feed.readUntil()).toBeUndefined();
  });

  it("knows everything up to when a whole read began", async () => {
    const fed = feedOf(() => {
      fed.clock.now += 500;
      return page(1);
    });
    await fed.next();
    expect(fed.feed.readUntil()).toBe(1_000_000);
    await fed.feed.firstRead;
  });

  it("the first read is over for those who wait when it takes long, and goes on all the same", async () => {
    let isOver = false;
    const wasOver: boolean[] = [];
    const fed = feedOf(async (read) => {
      fed.clock.now += 2_600;
      // Two turns, so that callers who wait can be answered.
      await new Promise((resolve) => setTimeout(resolve, 0));
      wasOver.push(isOver);
      return page(read < 5 ? 100 : 1, read * 100);
    });
    void fed.feed.firstRead.then(() => {
      isOver = true;
    });
    await fed.next();
    expect(wasOver).toEqual([false, false, true, true, true]);
    expect(fed.seen).toHaveLength(401);
    expect(fed.feed.readUntil()).toBe(1_000_000);
  });

  it("pauses after 200 pages, does not claim to know everything then, and says once that it is behind", async () => {
    const { next, seen, feed, waits, reports } = feedOf((read) =>
      page(read > 401 ? 0 : 100, read * 100),
    );
    await next();
    expect(seen).toHaveLength(20_000);
    expect(feed.readUntil()).toBeUndefined();
    // The rest is not left for a whole interval.
    expect(waits).toEqual([1_000]);
    await next();
    expect(seen).toHaveLength(40_000);
    expect(reports).toEqual([
      "unreachable: the Events API has more events than can be read at once (20,000), so revocations are noticed late",
    ]);
    await next();
    expect(seen).toHaveLength(40_100);
    expect(feed.readUntil()).toBe(1_000_000);
    expect(reports.slice(1)).toEqual(["recovered: events are read again; nothing was missed"]);
  });

  it.each([
    [30, 30_000],
    [86_400, 60_000],
  ])("waits as long as WorkOS asks for, a minute at most: %i s", async (retryAfter, wait) => {
    const { next, waits } = feedOf(() => Promise.reject(failure(429, retryAfter)));
    await next();
    expect(waits).toEqual([wait]);
  });

  it("goes on at its usual pace when Retry-After asks for less", async () => {
    const { next, waits } = feedOf(() => Promise.reject(failure(503, 1)));
    await next();
    expect(waits[0]).toBeGreaterThanOrEqual(9_000);
    expect(waits[0]).toBeLessThanOrEqual(11_000);
  });

  it("leaves no gap when nothing ever happened and the outage was longer than a token lives", async () => {
    const fed = feedOf((read) => (read === 2 ? Promise.reject(failure(500)) : page(0)));
    await fed.next();
    fed.clock.now += 600_000;
    await fed.next();
    fed.clock.now += 10_000;
    await fed.next();
    // A minute before the last whole read, at 1,000,000.
    expect(fed.asked).toEqual(["940000", "940000", "940000"]);
    expect(fed.feed.readSince()).toBe(940_000);
  });

  it("knows of a gap when WorkOS tells of less than the outage took", async () => {
    const fed = feedOf(() => page(0));
    await fed.next();
    fed.clock.now += 40 * 86_400_000;
    await fed.next();
    // 30 days less an hour before now.
    expect(fed.asked.at(-1)).toBe("868600000");
    expect(fed.feed.readSince()).toBe(868_600_000);
  });

  it("drops a cursor that is refused, and begins where it began", async () => {
    const fed = feedOf((read) => (read === 2 ? Promise.reject(failure(400)) : page(1, read)));
    await fed.next();
    fed.clock.now += 5_000;
    await fed.next();
    await fed.next();
    expect(fed.asked).toEqual(["940000", "event_1", "940000"]);
  });

  it("forgets nothing of what it knew when it begins anew without a gap", async () => {
    const fed = feedOf((read) => (read === 3 ? Promise.reject(failure(404)) : page(1, read)));
    await fed.next();
    fed.clock.now += 100_000;
    await fed.next();
    await fed.next();
    await fed.next();
    expect(fed.asked).toEqual(["940000", "event_1", "event_2", "1040000"]);
    expect(fed.feed.readSince()).toBe(940_000);
  });

  it("brings a beginning nearer that is refused, down to an hour, and then tries the furthest again", async () => {
    const DAYS = 86_400_000;
    const fed = feedOf((read) => (read === 1 ? page(0) : Promise.reject(failure(422))));
    await fed.next();
    fed.clock.now += 40 * DAYS;
    for (let read = 0; read < 12; read += 1) await fed.next();
    const hours = fed.asked
      .slice(1)
      .map((at) => ((fed.clock.now - Number(at)) / 3_600_000).toFixed(2));
    expect(hours.join(" ")).toBe(
      "719.00 359.50 179.75 89.88 44.94 22.47 11.23 5.62 2.81 1.40 1.00 719.00",
    );
  });

  it("knows of the gap that a beginning brought nearer leaves", async () => {
    const fed = feedOf((read) => (read === 2 ? Promise.reject(failure(400)) : page(0)));
    await fed.next();
    fed.clock.now += 40 * 86_400_000;
    await fed.next();
    await fed.next();
    expect(fed.clock.now - (fed.feed.readSince() ?? 0)).toBe(359.5 * 3_600_000);
  });

  it("says when events are read again, and only then", async () => {
    const fed = feedOf((read) => (read < 3 ? Promise.reject(failure(500)) : page(0)));
    for (let read = 0; read < 4; read += 1) await fed.next();
    expect(fed.reports.slice(1)).toEqual(["recovered: events are read again; nothing was missed"]);
    expect(fed.feed.isReachable()).toBe(true);
  });

  it("polls more rarely after failures, five seconds at most", async () => {
    const fed = feedOf(() => Promise.reject(failure(500)));
    for (let read = 0; read < 6; read += 1) await fed.next();
    for (const [index, more] of [0, 1_000, 3_000, 5_000, 5_000, 5_000].entries()) {
      expect(fed.waits[index]).toBeGreaterThanOrEqual(9_000 + more);
      expect(fed.waits[index]).toBeLessThanOrEqual(11_000 + more);
    }
    expect(fed.feed.isReachable()).toBe(false);
  });

  it("asks the Events API for what concerns access, the oldest first", async () => {
    const fed = feedOf(() => page(0));
    await fed.next();
    expect(fed.queries).toEqual([
      {
        path: "/events",
        events: ACCESS_EVENTS,
        limit: 100,
        order: "asc",
        range_start: "1970-01-01T00:15:40.000Z",
      },
    ]);
  });

  it("does not take every 400 for a beginning too long ago", async () => {
    const fed = feedOf((read) => (read === 1 ? Promise.reject(failure(400)) : page(0)));
    await fed.next();
    await fed.next();
    expect(fed.asked).toEqual(["940000", "940000"]);
    expect(fed.feed.isReachable()).toBe(true);
  });

  it("keeps its cursor through failures that are not about it", async () => {
    const asked: number[] = [];
    const { next, seen } = feedOf((read) => {
      asked.push(read);
      return read === 2 ? Promise.reject(failure(500)) : page(1, read);
    });
    await next();
    await next();
    await next();
    expect(seen).toEqual(["event_1", "event_3"]);
    expect(asked).toEqual([1, 2, 3]);
  });

  it("when closed plans nothing more, also while it is reading", async () => {
    const first = feedOf(() => page(0));
    await first.next();
    first.feed.close();
    expect(first.isCancelled()).toBe(true);

    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const second = feedOf(async () => {
      await held;
      return page(0);
    });
    second.feed.start();
    second.feed.close();
    release();
    await second.feed.firstRead;
    expect(second.scheduled()).toBe(0);
  });
});

it("T-22: a short page that names where to go on is not the last one", async () => {
  const pages = [["a", "b"], ["c"], ["d", "e"]].map((ids) => ids.map((id) => ({ id })));
  const { feed, seen, next, asked } = feedOf(
    (read) => pages[read - 1] ?? [],
    (read) => pages[read - 1]?.at(-1)?.id ?? null,
  );
  await next();
  expect(seen).toEqual(["a", "b", "c", "d", "e"]);
  expect(asked.slice(1)).toEqual(["b", "c", "e"]);
  expect(feed.readUntil()).toBe(1_000_000);
});
