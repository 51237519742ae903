import { beforeEach, describe, expect, it } from "vitest";
import { createLetterStore } from "../../src/trail/letter-store.js";
import { createMemoryOutbox, type Letter, type Outbox } from "../../src/trail/outbox.js";
import { withSpare, type SparedOutbox } from "../../src/trail/spare-outbox.js";

const letter = (key: string, outcome = "answered"): Letter =>
  ({ key, organizationId: "org_01ACME", event: { metadata: { outcome } } }) as never;

let file: Outbox;
let isFull: boolean;
let outbox: SparedOutbox;
let reports: string[];

beforeEach(() => {
  const working = createMemoryOutbox(100);
  isFull = false;
  reports = [];
  // Reading a full disk goes on.
  const failing = Object.fromEntries(
    (["put", "finish", "tried", "remove", "postpone", "bury", "dropOldest", "hurry"] as const).map(
      (name) => [
        name,
        (...given: never[]) => {
          if (isFull) throw new Error("database or disk is full");
          return (working[name] as (...all: never[]) => unknown)(...given);
        },
      ],
    ),
  );
  file = { ...working, ...failing };
  outbox = withSpare(file, 2, (state) => {
    reports.push(state.kind === "failed" ? state.problem : `works after ${state.letters}`);
  });
});

const due = (): string[] => outbox.due(1_000, 10).map(({ key }) => key);

describe("an outbox with a spare one", () => {
  it("is that outbox while it works", () => {
    outbox.put(letter("a"), true, 1);
    outbox.put(letter("b", "unknown"), false, 2);
    outbox.finish(letter("b"), 3);
    outbox.tried(["a"], 4);
    expect(due()).toEqual(["a", "b"]);
    expect(file.due(9, 9)).toHaveLength(2);
    expect([outbox.size(), outbox.spare()]).toEqual([2, 0]);
    outbox.postpone("a", 50);
    expect(outbox.bury("b", "refused", 5)).toBe(false);
    expect(outbox.deadLetters()).toMatchObject([{ key: "b" }]);
    expect(outbox.revive(undefined, 6)).toBe(1);
    outbox.remove("a");
    expect(outbox.count()).toEqual({ waiting: 1, dead: 0, oldest: 6 });
    expect(reports).toEqual([]);
  });

  it("keeps in memory what cannot be written, sends it from there, and says so once", () => {
    outbox.put(letter("before"), true, 1);
    isFull = true;
    expect(outbox.put(letter("a", "unknown"), false, 2)).toBe(true);
    expect(outbox.finish(letter("a"), 3)).toBe(true);
    expect(outbox.put(letter("b"), true, 4)).toBe(true);
    expect(reports).toEqual(["database or disk is full"]);
    expect(outbox.count()).toEqual({ waiting: 3, dead: 0, oldest: 1 });
    expect([outbox.size(), outbox.spare()]).toEqual([3, 2]);
    // What is in the file waits until its letters can be noted as tried.
    expect(outbox.due(9, 10)).toMatchObject([letter("a"), letter("b")]);
    outbox.tried(["a", "b"], 5);
    outbox.postpone("b", 7);
    outbox.remove("a");
    expect(outbox.bury("b", "refused", 6)).toBe(false);
    expect(outbox.deadLetters()).toMatchObject([{ key: "b", problem: "refused" }]);
    expect(outbox.revive(["b"], 7)).toBe(1);
    outbox.remove("b");
    expect(due()).toEqual(["before"]);
    expect(() => {
      outbox.tried(["before"], 8);
    }).toThrow("full");
    // Twice a minute is enough for what cannot be sent.
    expect(outbox.due(30_999, 10)).toEqual([]);
    expect(outbox.due(31_000, 10)).toHaveLength(1);

    isFull = false;
    outbox.put(letter("after"), true, 9);
    expect(reports).toEqual(["database or disk is full", "works after 2"]);
    expect(file.due(9, 9).map(({ key }) => key)).toEqual(["before", "after"]);
  });

  it("takes no more than fit into memory, and makes room there", () => {
    isFull = true;
    outbox.put(letter("a"), true, 1);
    outbox.put(letter("b"), true, 2);
    expect(outbox.put(letter("c"), true, 3)).toBe(false);
    expect(outbox.dropOldest()).toBe(true);
    expect(outbox.put(letter("c"), true, 3)).toBe(true);
    expect(due()).toEqual(["b", "c"]);
  });

  it("notices that a file which is full cannot be written when it is to make room, and loses nothing", () => {
    const full = { ...file, put: () => false };
    const reported: string[] = [];
    const other = withSpare(full, 2, ({ kind }) => reported.push(kind));
    const store = createLetterStore({
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
    outbox.postpone("a", 90_000);
    isFull = true;
    outbox.put(letter("b"), true, 2);
    outbox.postpone("b", 90_000);
    outbox.hurry(5);
    expect(outbox.due(5, 10).map(({ key }) => key)).toEqual(["b"]);
    outbox.remove("b");
    isFull = false;
    outbox.hurry(6);
    expect(file.due(6, 10).map(({ key }) => key)).toEqual(["a"]);
  });

  it("sends once what was begun in the file and finished in memory", () => {
    outbox.put(letter("a", "unknown"), false, 1);
    outbox.put(letter("b", "unknown"), false, 2);
    isFull = true;
    outbox.finish(letter("a"), 3);
    outbox.finish(letter("b"), 4);
    expect(outbox.count()).toEqual({ waiting: 2, dead: 0, oldest: 1 });
    expect(outbox.due(9, 10)).toMatchObject([letter("a"), letter("b")]);
    outbox.remove("a");
    expect(outbox.count().waiting).toBe(1);
    isFull = false;
    // From now on the file can be tidied up.
    outbox.put(letter("c"), true, 5);
    outbox.remove("b");
    file.finishAll();
    expect(due()).toEqual(["c"]);
    expect(outbox.count()).toEqual({ waiting: 1, dead: 0, oldest: 5 });
  });

  it("lets everything go at the end", () => {
    outbox.put(letter("a", "unknown"), false, 1);
    isFull = true;
    outbox.put(letter("b", "unknown"), false, 2);
    outbox.finishAll();
    expect(due()).toEqual(["b"]);
    outbox.remove("b");
    expect(due()).toEqual(["a"]);
  });

  it("counts as it did last when the file cannot be read", () => {
    outbox.put(letter("a"), true, 1);
    expect(outbox.count().waiting).toBe(1);
    const closed: Outbox = { ...file };
    const other = withSpare(
      Object.assign(closed, {
        count: () => {
          throw new Error("database is not open");
        },
      }),
      2,
      () => undefined,
    );
    expect(other.count()).toEqual({ waiting: 0, dead: 0, oldest: undefined });
  });
});
