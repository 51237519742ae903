import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEventFeed } from "../../src/workos/event-feed.js";

interface LateEvent {
  readonly object: "event";
  readonly id: string;
  readonly created_at: string;
  /** When the Events API begins to show it, in milliseconds since the epoch. */
  readonly visibleAt: number;
}

const START = 1_700_000_000_000;
const PAGE = 100;

/**
 * A feed that polls an Events API every ten seconds, in which events become readable late.
 *
 * @param ahead how far this machine's clock is ahead of WorkOS's, in milliseconds.
 * @param answer replaces the answer.
 */
function follow(events: readonly LateEvent[], ahead = 0, answer?: () => readonly object[]) {
  const clock = { now: START };
  const seen: string[] = [];
  const reports: string[] = [];
  /** Calls of each poll. */
  const calls: number[] = [];
  const waits: number[] = [];
  let due = (): void => undefined;
  let settle = (): void => undefined;
  const inOrder = events.toSorted(
    (one, other) => Date.parse(one.created_at) - Date.parse(other.created_at),
  );
  const pageOf = (after: string | undefined, start: number): readonly LateEvent[] => {
    const visible = inOrder.filter(({ visibleAt }) => visibleAt <= clock.now);
    const from =
      after === undefined
        ? visible.findIndex(({ created_at: at }) => Date.parse(at) >= start)
        : visible.findIndex(({ id }) => id === after) + 1;
    return from < 0 ? [] : visible.slice(from, from + PAGE);
  };
  const feed = createEventFeed({
    client: () =>
      ({
        get: async (_: string, { query }: { query: { after?: string; range_start?: string } }) => {
          calls[calls.length - 1] = (calls.at(-1) ?? 0) + 1;
          await Promise.resolve();
          const data = answer?.() ?? pageOf(query.after, Date.parse(query.range_start ?? ""));
          return { data: { object: "list", data } };
        },
      }) as never,
    now: () => clock.now + ahead,
    elapsed: () => clock.now,
    schedule: (run, delay) => {
      due = run;
      waits.push(delay);
      settle();
      return () => undefined;
    },
    every: 10_000,
    reach: 3_600_000,
    onEvent: (event) => seen.push((event as LateEvent).id),
    report: (state, detail) => reports.push(`${state}: ${detail}`),
  });
  let isStarted = false;
  const poll = (): Promise<void> =>
    new Promise((resolve) => {
      settle = resolve;
      calls.push(0);
      if (isStarted) due();
      else feed.start();
      isStarted = true;
    });
  return { feed, clock, seen, calls, waits, reports, poll };
}

const late = (number: number, at: number, lag = 0): LateEvent => ({
  object: "event",
  id: `event_${number}`,
  created_at: new Date(START + at).toISOString(),
  visibleAt: START + at + lag,
});

describe("T-22: events that become readable late", () => {
  it("reads an older event that appears three seconds after a newer one was read", async () => {
    const { poll, seen, clock } = follow([late(1, 1_000, 13_000), late(2, 9_000)]);
    await poll();
    clock.now += 10_000;
    await poll();
    expect(seen).toEqual(["event_2"]);
    clock.now += 10_000;
    await poll();
    expect(new Set(seen)).toEqual(new Set(["event_1", "event_2"]));
  });

  it("reads every event that is readable within 30 seconds, whatever the order and the clocks", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            at: fc.integer({ min: 0, max: 200_000 }),
            lag: fc.integer({ min: 0, max: 30_000 }),
          }),
          { minLength: 1, maxLength: 60 },
        ),
        fc.integer({ min: -120_000, max: 30_000 }),
        async (given, ahead) => {
          const { poll, seen, clock } = follow(
            given.map(({ at, lag }, index) => late(index, at, lag)),
            ahead,
          );
          for (let polls = 0; polls <= 25; polls += 1) {
            await poll();
            clock.now += 10_000;
          }
          expect(new Set(seen).size).toBe(given.length);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("asks once for each poll, a minute after the last event", async () => {
    const { poll, calls, seen, clock } = follow([late(1, 0), late(2, 100)]);
    for (let polls = 0; polls < 20; polls += 1) {
      await poll();
      clock.now += 10_000;
    }
    expect(calls).toEqual(Array.from({ length: 20 }, () => 1));
    // For a minute each poll reads them again, and from then on none does.
    expect(seen.filter((id) => id === "event_2")).toHaveLength(7);
  });

  it("asks, at a steady rate, for no more pages than a minute and one interval have", async () => {
    // Twenty a second: 200 new ones in each interval, and 1,200 that are younger than a minute.
    const { poll, calls, seen, clock } = follow(
      Array.from({ length: 4_000 }, (_, index) => late(index, index * 50)),
    );
    for (let polls = 0; polls <= 20; polls += 1) {
      await poll();
      clock.now += 10_000;
    }
    expect(new Set(seen).size).toBe(4_000);
    expect(Math.max(...calls)).toBeLessThanOrEqual(15);
  });

  it("reads again the latest 10,000 events at most", async () => {
    // All at once, so that none is old for a minute.
    const { poll, calls, seen, clock } = follow(
      Array.from({ length: 15_050 }, (_, index) => late(index, index / 1_000)),
    );
    clock.now += 100;
    await poll();
    clock.now += 10_000;
    await poll();
    expect(new Set(seen).size).toBe(15_050);
    expect(calls).toEqual([151, 100]);
  });
});

describe("a cursor that does not move", () => {
  const page = (from: number): readonly object[] =>
    Array.from({ length: PAGE }, (_, index) => late(from + index, 0));

  it("is a failure with a pause and not another question at once", async () => {
    const { poll, calls, waits, reports, feed } = follow([], 0, () => page(0));
    await poll();
    await poll();
    await poll();
    expect(calls).toEqual([2, 2, 2]);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(9_000);
    expect(feed.readUntil()).toBeUndefined();
    expect(feed.isReachable()).toBe(false);
    expect(reports).toEqual([
      "unreachable: the Events API answered 200 with the same page again, so revocations are noticed late",
    ]);
  });

  it("is found when two pages alternate, as of two servers that disagree", async () => {
    let asked = 0;
    const { poll, calls, feed } = follow([], 0, () => page((asked += 1) % 2 === 0 ? 0 : 500));
    await poll();
    expect(calls).toEqual([3]);
    expect(feed.readUntil()).toBeUndefined();
  });
});
