import { describe, expect, it } from "vitest";
import { createEntryStore, type EntryStore } from "../../src/audit/capacity.js";
import { createMemoryOutbox } from "../../src/audit/memory-outbox.js";
import type { OutboxEntry, Outbox } from "../../src/audit/outbox.js";

/** A letter of a call, by Ada unless the key begins with another name. */
const letter = (key: string, isDenied = false): OutboxEntry => {
  const id = key.includes(" ") ? key.split(" ")[0] : "ada";
  const action = isDenied ? "mcp.tool.denied" : "mcp.tool.called";
  return {
    key,
    organizationId: "org_01ACME",
    event: { action, actor: { type: "user", id } },
  } as never;
};

function start(whenFull: "drop-oldest" | "drop-newest"): {
  readonly outbox: Outbox;
  readonly store: EntryStore;
  readonly reports: string[];
} {
  const outbox = createMemoryOutbox(2);
  const reports: string[] = [];
  const report = (detail: string): void => void reports.push(detail);
  return { outbox, reports, store: createEntryStore({ outbox, whenFull, now: () => 0, report }) };
}

const FULL = "the outbox holds 2 audit log events and is full: the";

describe("a store of letters", () => {
  it("drops the oldest, counts them, and says how many when there is room again", () => {
    const { outbox, store, reports } = start("drop-oldest");
    for (const key of ["a", "b", "c", "d"]) expect(store.put(letter(key), true)).toBe(true);
    expect(outbox.due("org_01ACME", 0, 9).map(({ key }) => key)).toEqual(["c", "d"]);
    expect(store.lost()).toBe(2);
    expect(reports).toEqual([`${FULL} oldest of user ada are dropped`]);
    outbox.remove("c");
    store.put(letter("e"), true);
    expect(reports).toEqual([
      `${FULL} oldest of user ada are dropped`,
      "the outbox has room again; 2 audit log events were dropped: 2 of user ada",
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
      `${FULL} newest of user ada are dropped`,
      "the outbox has room again; 1 audit log events were dropped: 1 of user ada",
    ]);
  });

  it("has no oldest to drop while every call is going on", () => {
    const { store, reports } = start("drop-oldest");
    for (const key of ["a", "b", "c"]) store.put(letter(key), false);
    expect(reports).toEqual([`${FULL} oldest of user ada are dropped`]);
    expect(store.lost()).toBe(0);
  });

  it.each(["drop-oldest", "drop-newest"] as const)(
    "T-21: keeps an admitted call whatever number of denied ones follow it, %s",
    (whenFull) => {
      const { outbox, store } = start(whenFull);
      store.put(letter("eve deed"), true);
      for (let count = 0; count < 21_000; count += 1) store.put(letter(`eve ${count}`, true), true);
      expect(outbox.size()).toBe(2);
      expect(outbox.due("org_01ACME", 0, 9).map(({ key }) => key)).toContain("eve deed");
      // A further admitted call takes the place of a denied one.
      store.put(letter("bob deed"), true);
      expect(outbox.due("org_01ACME", 0, 9).map(({ key }) => key)).toEqual([
        "eve deed",
        "bob deed",
      ]);
    },
  );

  it.each(["drop-oldest", "drop-newest"] as const)(
    "T-21: lets a flood of one caller's admitted calls push out none of another's, %s",
    (whenFull) => {
      const { outbox, store } = start(whenFull);
      store.put(letter("bob deed"), true);
      for (let count = 0; count < 1_000; count += 1) store.put(letter(`eve ${count}`), true);
      expect(outbox.due("org_01ACME", 0, 9).map(({ key }) => key)).toEqual([
        "bob deed",
        whenFull === "drop-oldest" ? "eve 999" : "eve 0",
      ]);
    },
  );

  it("reports whose letters were dropped, for ten callers by name", () => {
    const { outbox, store, reports } = start("drop-oldest");
    store.put(letter("bob deed"), true);
    for (let count = 0; count < 3; count += 1) store.put(letter(`eve ${count}`, true), true);
    for (let count = 0; count < 12; count += 1) store.put(letter(`u${count} x`, true), true);
    for (const { key } of outbox.due("org_01ACME", 0, 9)) outbox.remove(key);
    store.put(letter("bob more"), true);
    expect(reports[0]).toBe(`${FULL} oldest denied of user eve are dropped`);
    expect(reports).toHaveLength(11);
    expect(reports.at(-1)).toBe(
      "the outbox has room again; 14 audit log events were dropped: 2 of user eve, 1 of user u0, 1 of user u1, " +
        "1 of user u2, 1 of user u3, 1 of user u4, 1 of user u5, 1 of user u6, 1 of user u7, 1 of user u8, 3 of others",
    );
    expect(store.lost()).toBe(14);
  });

  it("counts dropped failed entries too, and says so now and then", () => {
    const { store, reports } = start("drop-oldest");
    for (let count = 0; count < 120; count += 1) store.loseDead();
    expect(reports).toEqual([
      "there are too many failed entries: 1 were dropped, the oldest",
      "there are too many failed entries: 10 were dropped, the oldest",
      "there are too many failed entries: 100 were dropped, the oldest",
    ]);
    expect(store.lose()).toBe(1);
    expect(store.lose()).toBe(2);
    expect(store.lost()).toBe(122);
  });
});
