import { describe, expect, it } from "vitest";
import { createLetterStore, type LetterStore } from "../../src/trail/letter-store.js";
import { createMemoryOutbox, type Letter, type Outbox } from "../../src/trail/outbox.js";

const letter = (key: string): Letter => ({ key, organizationId: "org_01ACME" }) as never;

function start(whenFull: "drop-oldest" | "drop-newest"): {
  readonly outbox: Outbox;
  readonly store: LetterStore;
  readonly reports: string[];
} {
  const outbox = createMemoryOutbox(2);
  const reports: string[] = [];
  const report = (detail: string): void => void reports.push(detail);
  return { outbox, reports, store: createLetterStore({ outbox, whenFull, now: () => 0, report }) };
}

const FULL = "the outbox holds 2 audit log events and is full: the";

describe("a store of letters", () => {
  it("drops the oldest, counts them, and says how many when there is room again", () => {
    const { outbox, store, reports } = start("drop-oldest");
    for (const key of ["a", "b", "c", "d"]) expect(store.put(letter(key), true)).toBe(true);
    expect(outbox.due(0, 9).map(({ key }) => key)).toEqual(["c", "d"]);
    expect(store.lost()).toBe(2);
    expect(reports).toEqual([`${FULL} oldest are dropped`]);
    outbox.remove("c");
    store.put(letter("e"), true);
    expect(reports).toEqual([
      `${FULL} oldest are dropped`,
      "the outbox has room again; 2 audit log events were dropped",
    ]);
    store.put(letter("f"), true);
    expect(reports).toHaveLength(3);
    expect(store.lost()).toBe(3);
  });

  it("drops the newest, and counts a call once: when it cannot be put at its end either", () => {
    const { outbox, store, reports } = start("drop-newest");
    store.put(letter("a"), true);
    store.put(letter("b"), true);
    expect(store.put(letter("c"), false)).toBe(false);
    expect(store.put(letter("d"), false)).toBe(false);
    expect(store.lost()).toBe(0);
    expect(store.put(letter("c"), true)).toBe(false);
    expect(store.lost()).toBe(1);
    outbox.remove("a");
    expect(store.put(letter("d"), true)).toBe(true);
    expect(store.lost()).toBe(1);
    expect(reports).toEqual([
      `${FULL} newest are dropped`,
      "the outbox has room again; 1 audit log events were dropped",
    ]);
  });

  it("has no oldest to drop while every call is going on", () => {
    const { store, reports } = start("drop-oldest");
    for (const key of ["a", "b", "c"]) store.put(letter(key), false);
    expect(reports).toEqual([`${FULL} newest are dropped`]);
    expect(store.lost()).toBe(0);
  });

  it("counts dropped dead letters too, and says so now and then", () => {
    const { store, reports } = start("drop-oldest");
    for (let count = 0; count < 120; count += 1) store.loseDead();
    expect(reports).toEqual([
      "there are too many dead letters: 1 were dropped, the oldest",
      "there are too many dead letters: 10 were dropped, the oldest",
      "there are too many dead letters: 100 were dropped, the oldest",
    ]);
    expect(store.lose()).toBe(1);
    expect(store.lose()).toBe(2);
    expect(store.lost()).toBe(122);
  });
});
