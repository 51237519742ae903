import { beforeEach, describe, expect, it } from "vitest";
import { createEntryStore } from "../../src/audit/capacity.js";
import { createMemoryOutbox } from "../../src/audit/memory-outbox.js";
import type { OutboxEntry, Outbox } from "../../src/audit/outbox.js";
import { withFallback, type FallbackOutbox } from "../../src/audit/fallback-outbox.js";
import { letter } from "./delivery-setup.js";

const ORG = "org_01";

let file: Outbox;
let isFull: boolean;
let writes: number;
let clock: number;
let outbox: FallbackOutbox;
let reports: string[];

const begun = (key: string): OutboxEntry => letter(key);

beforeEach(() => {
  const working = createMemoryOutbox(100);
  isFull = false;
  writes = 0;
  clock = 0;
  reports = [];
  // Reading a full disk goes on.
  const failing = Object.fromEntries(
    (["put", "adopt", "finish", "note", "remove", "bury", "drop", "hurry", "revive"] as const).map(
      (name) => [
        name,
        (...given: never[]) => {
          writes += 1;
          if (isFull) throw new Error("database or disk is full");
          return (working[name] as (...all: never[]) => unknown)(...given);
        },
      ],
    ),
  );
  file = { ...working, ...failing };
  outbox = withFallback(
    file,
    2,
    () => clock,
    (state) => {
      reports.push(
        state.kind === "failed" ? (state.error as Error).message : `works after ${state.entries}`,
      );
    },
  );
});

const due = (now = 1_000): string[] => outbox.due(ORG, now, 10).map(({ key }) => key);
const note = (key: string, dueAt: number): void => {
  outbox.note({ ...letter(key), attempts: 1, firstTriedAt: 4 }, dueAt);
};

describe("an outbox with a spare one", () => {
  it("is that outbox while it works", () => {
    outbox.put(letter("a"), true, 1);
    outbox.put(begun("b"), false, 2);
    outbox.finish(letter("b"), 3);
    expect(due()).toEqual(["a", "b"]);
    expect([outbox.size(), outbox.spare()]).toEqual([2, 0]);
    note("a", 5_000);
    expect(due()).toEqual(["b"]);
    expect(outbox.queues()).toEqual([{ organizationId: ORG, dueAt: 3 }]);
    expect(outbox.bury("b", "refused", 5)).toBe(false);
    expect(outbox.failedEntries()).toMatchObject([{ key: "b" }]);
    expect(outbox.revive(undefined, 6)).toBe(1);
    expect(due()).toEqual(["b"]);
    outbox.remove("a");
    expect(outbox.count()).toEqual({ waiting: 1, failed: 0, oldest: 6 });
    expect(reports).toEqual([]);
  });

  it("keeps in memory what cannot be written, sends it from there, and reports it once", () => {
    isFull = true;
    expect(outbox.put(begun("a"), false, 2)).toBe(true);
    expect(outbox.finish(letter("a"), 3)).toBe(true);
    expect(outbox.put(letter("b"), true, 4)).toBe(true);
    expect(reports).toEqual(["database or disk is full"]);
    expect([outbox.size(), outbox.spare()]).toEqual([2, 2]);
    expect(due()).toEqual(["a", "b"]);
    outbox.remove("a");
    expect(outbox.bury("b", "refused", 6)).toBe(false);
    expect(outbox.failedEntries()).toMatchObject([{ key: "b", problem: "refused" }]);
    expect(outbox.count()).toEqual({ waiting: 0, failed: 1, oldest: undefined });
  });

  it("sends what is in the file while it cannot be written, each once, and notes it when it can be", () => {
    for (const key of ["a", "b", "c", "d"]) outbox.put(letter(key), true, 1);
    isFull = true;
    note("a", 60_000);
    outbox.remove("a");
    note("b", 900);
    note("c", 60_000);
    outbox.bury("d", "refused", 5);
    expect(due()).toEqual(["b"]);
    expect(outbox.due(ORG, 1_000, 10)).toMatchObject([{ attempts: 1, firstTriedAt: 4 }]);
    expect(outbox.count()).toMatchObject({ waiting: 2 });
    isFull = false;
    clock = 1_000;
    outbox.put(letter("e"), true, 9);
    expect(reports).toEqual(["database or disk is full", "works after 0"]);
    expect(file.due(ORG, 1_000, 9).map(({ key }) => key)).toEqual(["e", "b"]);
    expect(file.due(ORG, 60_000, 9).map(({ key }) => key)).toEqual(["e", "b", "c"]);
    expect(file.failedEntries()).toMatchObject([{ key: "d", problem: "refused" }]);
  });

  it("moves what waits in memory back into the file as soon as that can be written, without waiting for a new letter", () => {
    isFull = true;
    outbox.put(letter("a"), true, 1);
    outbox.put(letter("b"), true, 2);
    note("b", 700);
    isFull = false;
    outbox.queues();
    expect(outbox.spare()).toBe(2);
    clock = 1_000;
    outbox.queues();
    expect([outbox.spare(), outbox.size()]).toEqual([0, 2]);
    expect(file.due(ORG, 9_000, 9)).toMatchObject([
      { key: "b", attempts: 1, firstTriedAt: 4 },
      { key: "a", attempts: 0 },
    ]);
    expect(reports).toEqual(["database or disk is full", "works after 2"]);
  });

  it("tries a file that fails once a second at most, however many letters come", () => {
    isFull = true;
    for (let at = 0; at < 500; at += 1) {
      clock = at * 10;
      outbox.put(letter(`${at}`), true, clock);
      outbox.drop({ isDenied: false, caller: "user user_01ADA" }, "oldest");
    }
    expect(writes).toBeLessThanOrEqual(6);
  });

  it("takes no more than fit into memory, and makes room there", () => {
    isFull = true;
    outbox.put(letter("a"), true, 1);
    outbox.put(letter("b"), true, 2);
    expect(outbox.put(letter("c"), true, 3)).toBe(false);
    const share = outbox.chooseShare({ isDenied: false, caller: "user user_01ADA" });
    expect(outbox.drop(share, "oldest")).toBe(true);
    expect(outbox.put(letter("c"), true, 3)).toBe(true);
    expect(due()).toEqual(["b", "c"]);
  });

  it("notices that a file which is full cannot be written when it is to make room, and loses nothing", () => {
    const reported: string[] = [];
    const other = withFallback(
      { ...file, put: () => false },
      2,
      () => clock,
      ({ kind }) => {
        reported.push(kind);
      },
    );
    const store = createEntryStore({
      outbox: other,
      whenFull: "drop-oldest",
      now: () => 1,
      report: (detail) => reported.push(detail),
    });
    isFull = true;
    expect(store.put(letter("a"), true)).toBe(true);
    expect(store.put(letter("b"), true)).toBe(true);
    expect([other.spare(), store.lost(), reported]).toEqual([2, 0, ["failed"]]);
    // Memory has an end too, and makes room in its turn.
    expect(store.put(letter("c"), true)).toBe(true);
    expect([other.spare(), store.lost()]).toEqual([2, 1]);
  });

  it("hurries what it can, in the file and in memory", () => {
    outbox.put(letter("a"), true, 1);
    note("a", 90_000);
    isFull = true;
    outbox.put(letter("b"), true, 2);
    note("b", 90_000);
    outbox.hurry(5);
    expect(due(5)).toEqual(["b"]);
    outbox.remove("b");
    isFull = false;
    clock = 1_000;
    outbox.hurry(6);
    expect(file.due(ORG, 6, 10).map(({ key }) => key)).toEqual(["a"]);
  });

  it("sends once what was begun in the file and finished in memory", () => {
    outbox.put(begun("a"), false, 1);
    outbox.put(begun("b"), false, 2);
    isFull = true;
    outbox.finish(letter("a"), 3);
    outbox.finish(letter("b"), 4);
    expect(outbox.count()).toEqual({ waiting: 2, failed: 0, oldest: 1 });
    expect(due()).toEqual(["a", "b"]);
    outbox.remove("a");
    expect(outbox.count().waiting).toBe(1);
    isFull = false;
    clock = 1_000;
    outbox.put(letter("c"), true, 5);
    outbox.remove("b");
    file.finishAll();
    expect(due()).toEqual(["c"]);
    expect(outbox.count()).toEqual({ waiting: 1, failed: 0, oldest: 5 });
    expect(reports).toEqual(["database or disk is full", "works after 2"]);
  });

  it("counts as it did last when the file cannot be read, and sends what is in memory", () => {
    const away = (): never => {
      throw new Error("disk I/O error");
    };
    const broken = {
      ...file,
      count: away,
      queues: away,
      due: away,
      put: away,
      failedEntries: away,
    };
    const other = withFallback(
      broken,
      2,
      () => clock,
      ({ kind }) => reports.push(kind),
    );
    other.put(letter("a"), true, 1);
    expect(other.count()).toEqual({ waiting: 1, failed: 0, oldest: 1 });
    expect(other.queues()).toEqual([{ organizationId: ORG, dueAt: 1 }]);
    expect(other.due(ORG, 1, 9).map(({ key }) => key)).toEqual(["a"]);
    expect(other.failedEntries()).toEqual([]);
    expect(reports).toEqual(["failed"]);
  });

  it("adopts letters into the file, and none while that cannot be written", () => {
    const waiting = { ...letter("a"), attempts: 2, firstTriedAt: 3 };
    expect(outbox.adopt([waiting], 4)).toEqual(["a"]);
    expect(file.due(ORG, 4, 9)).toMatchObject([{ key: "a", attempts: 2, firstTriedAt: 3 }]);
    isFull = true;
    expect(outbox.adopt([{ ...waiting, key: "b" }], 4)).toEqual([]);
    expect(outbox.size()).toBe(1);
  });

  it("finishes no letter of the file when memory is full too, and keeps it in the file", () => {
    outbox.put(begun("x"), false, 1);
    isFull = true;
    outbox.put(letter("a"), true, 2);
    outbox.put(letter("b"), true, 3);
    expect(outbox.finish(letter("x"), 4)).toBe(false);
    expect(outbox.count().waiting).toBe(3);
    isFull = false;
    clock = 1_000;
    outbox.finishAll();
    expect(due()).toEqual(expect.arrayContaining(["x"]));
  });

  it("makes ready in memory what will not be finished", () => {
    isFull = true;
    outbox.put(begun("a"), false, 1);
    expect(due()).toEqual([]);
    outbox.finishAll();
    expect(due()).toEqual(["a"]);
  });

  it("hurries a letter of the file that was postponed while that could not be written, and none that is gone", () => {
    for (const key of ["a", "b", "c"]) outbox.put(letter(key), true, 1);
    isFull = true;
    note("a", 90_000);
    outbox.remove("b");
    note("c", 3);
    expect(due(5)).toEqual(["c"]);
    outbox.hurry(5);
    expect(due(4)).toEqual(["c"]);
    expect(due(5)).toEqual(["a", "c"]);
  });

  it("gives as many letters as asked for, past those that wait", () => {
    for (const key of ["a", "b", "c", "d"]) outbox.put(letter(key), true, 1);
    isFull = true;
    note("a", 90_000);
    note("b", 90_000);
    expect(outbox.due(ORG, 1_000, 1).map(({ key }) => key)).toEqual(["c"]);
    outbox.put(letter("e"), true, 2);
    expect(outbox.due(ORG, 1_000, 2).map(({ key }) => key)).toEqual(["e", "c"]);
    expect(outbox.due(ORG, 1_000, 1).map(({ key }) => key)).toEqual(["e"]);
  });

  it("revives failed entries of the file and of memory", () => {
    outbox.put(letter("a"), true, 1);
    outbox.bury("a", "refused", 2);
    isFull = true;
    outbox.put(letter("b"), true, 3);
    outbox.bury("b", "refused", 4);
    expect(outbox.count()).toEqual({ waiting: 0, failed: 2, oldest: undefined });
    expect(outbox.revive(["b"], 5)).toBe(1);
    isFull = false;
    clock = 1_000;
    expect(outbox.revive(undefined, 6)).toBe(1);
    expect(due()).toEqual(expect.arrayContaining(["a", "b"]));
  });

  it("writes again at once when the clock was set back", () => {
    clock = 50_000;
    isFull = true;
    outbox.put(letter("a"), true, 1);
    isFull = false;
    clock = 48_000;
    outbox.put(letter("b"), true, 2);
    expect([outbox.spare(), file.size()]).toEqual([0, 2]);
  });

  it("reports a file that can be counted no more, and closes it", () => {
    let closed = 0;
    const broken: Outbox = {
      ...file,
      count: () => {
        throw new Error("disk I/O error");
      },
      close: () => {
        closed += 1;
      },
    };
    const other = withFallback(
      broken,
      2,
      () => clock,
      ({ kind }) => reports.push(kind),
    );
    expect(other.count()).toEqual({ waiting: 0, failed: 0, oldest: undefined });
    expect(reports).toEqual(["failed"]);
    other.close();
    expect(closed).toBe(1);
  });

  it("moves a call that goes on into the file too, so that a process that is killed leaves it there", () => {
    isFull = true;
    outbox.put(begun("a"), false, 1);
    outbox.put(begun("b"), false, 2);
    isFull = false;
    clock = 1_000;
    outbox.queues();
    expect([outbox.spare(), file.size()]).toEqual([0, 2]);
    expect(due()).toEqual([]);
    expect(outbox.finish(letter("a"), 3)).toBe(true);
    expect(due()).toEqual(["a"]);
    // What the next process does with what this one has begun.
    file.finishAll();
    expect(file.due(ORG, 1_000, 9).map(({ key }) => key)).toEqual(expect.arrayContaining(["b"]));
    expect(reports).toEqual(["database or disk is full", "works after 2"]);
  });
});
