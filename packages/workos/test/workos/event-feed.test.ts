import { describe, expect, it } from "vitest";
import { createEventFeed, type EventFeed } from "../../src/workos/event-feed.js";

interface Fed {
  readonly feed: EventFeed;
  readonly reports: string[];
  readonly seen: string[];
  readonly clock: { now: number };
  /** Runs what is due, and waits until the read is over. */
  readonly next: () => Promise<void>;
  readonly scheduled: () => number;
  readonly isCancelled: () => boolean;
}

/** @param answer one page of events, by how many reads there were. */
function feedOf(answer: (read: number) => unknown): Fed {
  const clock = { now: 1_000_000 };
  const reports: string[] = [];
  const seen: string[] = [];
  let reads = 0;
  let due: (() => void) | undefined;
  let scheduled = 0;
  let isCancelled = false;
  let settle = (): void => undefined;
  const client = () =>
    ({
      get: async () => {
        reads += 1;
        return { data: { data: await answer(reads) } };
      },
    }) as never;
  const feed = createEventFeed({
    client,
    now: () => clock.now,
    elapsed: () => clock.now,
    schedule: (run) => {
      due = run;
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
    isCancelled: () => isCancelled,
  };
}

const page = (count: number, from = 0): object[] =>
  Array.from({ length: count }, (_, index) => ({ id: `event_${from + index}` }));
const failure = (status?: number): Error => Object.assign(new Error("no"), { status });

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
      // Two turns, so that whoever waits can be told.
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

  it("stops at a thousand pages, and does not claim to know everything then", async () => {
    const { next, seen, feed } = feedOf((read) => page(100, read * 100));
    await next();
    expect(seen).toHaveLength(100_000);
    expect(feed.readUntil()).toBeUndefined();
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
