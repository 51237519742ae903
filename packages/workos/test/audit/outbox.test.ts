import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { openSqliteOutbox } from "../../src/audit/sqlite-outbox.js";
import type { AuditLogEvent } from "../../src/workos/audit-log-event.js";
import { createMemoryOutbox } from "../../src/audit/memory-outbox.js";
import type { OutboxEntry, Outbox } from "../../src/audit/outbox.js";

const folder = mkdtempSync(join(tmpdir(), "outbox-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

let files = 0;
const kinds: readonly (readonly [string, (capacity: number) => Outbox])[] = [
  ["in memory", createMemoryOutbox],
  ["in a file", (capacity) => openSqliteOutbox(join(folder, `${(files += 1)}.sqlite`), capacity)],
];

const SHARE = { isDenied: false, caller: "user user_01ADA" };

function letter(key: string, outcome = "answered"): OutboxEntry {
  const event: AuditLogEvent = {
    action: "mcp.tool.called",
    occurredAt: "2026-01-01T00:00:00.000Z",
    actor: { type: "user", id: "user_01ADA" },
    targets: [{ type: "tool", id: "refund" }],
    context: { location: "203.0.113.7" },
    metadata: { outcome },
  };
  return { key, organizationId: "org_01ACME", event };
}

describe.each(kinds)("an outbox %s", (_name, create) => {
  let outbox: Outbox;
  beforeEach(() => {
    outbox = create(3);
    return () => {
      outbox.close();
    };
  });
  const ORG = "org_01ACME";
  const due = (now: number, most = 10): string[] =>
    outbox.due(ORG, now, most).map(({ key }) => key);
  const note = (key: string, dueAt: number, attempts = 1, firstTriedAt = 0): void => {
    outbox.note({ ...letter(key), attempts, firstTriedAt }, dueAt);
  };
  const dropOldest = (): boolean => outbox.drop(SHARE, "oldest");

  it("gives back what is ready, the earliest first, as it was put", () => {
    expect(outbox.put(letter("a"), true, 10)).toBe(true);
    expect(outbox.put(letter("b"), true, 20)).toBe(true);
    expect(due(9)).toEqual([]);
    expect(due(20)).toEqual(["a", "b"]);
    expect(due(20, 1)).toEqual(["a"]);
    expect(outbox.due(ORG, 20, 1)).toEqual([
      { ...letter("a"), attempts: 0, firstTriedAt: undefined },
    ]);
    expect(outbox.count()).toEqual({ waiting: 2, failed: 0, oldest: 10 });
  });

  it("gives back first what has been ready for longest, whenever it was begun", () => {
    outbox.put(letter("long", "unknown"), false, 10);
    outbox.put(letter("short", "unknown"), false, 20);
    outbox.finish(letter("short"), 30);
    outbox.finish(letter("long"), 40);
    expect(due(39)).toEqual(["short"]);
    expect(due(40)).toEqual(["short", "long"]);
    // What is said later of one that is ready does not put it back.
    outbox.finish(letter("short", "later"), 50);
    expect(due(50)).toEqual(["short", "long"]);
    expect(dropOldest()).toBe(true);
    expect(due(50)).toEqual(["long"]);
  });

  it("keeps nothing back for as long as a clock was ahead that was set back", () => {
    const later = 10_000_000;
    outbox.put(letter("a"), true, later);
    outbox.put(letter("b"), true, later);
    note("b", later + 300_000);
    expect(due(later)).toEqual(["a"]);
    expect(due(later + 299_999)).toEqual(["a"]);
    // Within five minutes it cannot be told from a letter that was postponed.
    expect(due(later - 300_000)).toEqual(["b"]);
    expect(due(later - 300_001)).toEqual(["a", "b"]);
    expect(due(0)).toEqual(["a", "b"]);
  });

  it("drops one after the other, and goes on when others have come", () => {
    for (const key of ["a", "b", "c"]) outbox.put(letter(key), true, 10);
    expect(dropOldest()).toBe(true);
    outbox.remove("b");
    expect(dropOldest()).toBe(true);
    expect(dropOldest()).toBe(false);
    outbox.put(letter("d"), true, 20);
    outbox.put(letter("e", "unknown"), false, 20);
    expect(dropOldest()).toBe(true);
    // One that is not ready must not be dropped.
    expect(dropOldest()).toBe(false);
    expect(outbox.size()).toBe(1);
  });

  it("keeps back what is begun until it is finished, under the same key", () => {
    outbox.put(letter("a", "unknown"), false, 10);
    expect(due(100)).toEqual([]);
    expect(outbox.size()).toBe(1);
    expect(outbox.finish(letter("a"), 20)).toBe(true);
    expect(outbox.due(ORG, 100, 10)).toMatchObject([letter("a")]);
    expect(outbox.size()).toBe(1);
    expect(outbox.finish(letter("gone"), 20)).toBe(false);
    expect(outbox.size()).toBe(1);
  });

  it("lets go as it is what will not be finished", () => {
    outbox.put(letter("early"), true, 9);
    outbox.put(letter("a", "unknown"), false, 10);
    outbox.put(letter("b"), true, 11);
    outbox.finishAll();
    expect(outbox.due(ORG, 100, 10)).toMatchObject([
      letter("early"),
      letter("a", "unknown"),
      letter("b"),
    ]);
    expect(outbox.count()).toEqual({ waiting: 3, failed: 0, oldest: 9 });
  });

  it("knows what has waited longest, postponed or not", () => {
    outbox.put(letter("a"), true, 1);
    outbox.put(letter("b"), true, 1_000);
    note("a", 5_000);
    expect(outbox.count()).toEqual({ waiting: 2, failed: 0, oldest: 1 });
  });

  it("removes what was delivered and remembers what was tried", () => {
    outbox.put(letter("a"), true, 10);
    outbox.put(letter("b"), true, 11);
    note("a", 50, 1, 50);
    note("b", 51, 1, 50);
    note("a", 50, 2, 50);
    note("gone", 50, 1, 50);
    expect(outbox.due(ORG, 60, 10)).toMatchObject([
      { key: "a", attempts: 2, firstTriedAt: 50 },
      { key: "b", attempts: 1, firstTriedAt: 50 },
    ]);
    outbox.remove("a");
    outbox.remove("gone");
    expect(due(60)).toEqual(["b"]);
    expect(outbox.size()).toBe(1);
  });

  it("lets a postponed letter wait, and others before it", () => {
    outbox.put(letter("a"), true, 10);
    outbox.put(letter("b"), true, 11);
    note("a", 100);
    note("gone", 100);
    expect(due(99)).toEqual(["b"]);
    expect(due(100)).toEqual(["b", "a"]);
  });

  it("makes what was postponed due, when there is no later", () => {
    for (const key of ["a", "b"]) outbox.put(letter(key), true, 10);
    outbox.put(letter("open"), false, 11);
    note("a", 5_000);
    expect(due(100)).toEqual(["b"]);
    outbox.hurry(100);
    expect(due(99)).toEqual(["b"]);
    expect(due(100)).toEqual(["b", "a"]);
  });

  it("takes no more than fit, and makes room by dropping the oldest that is ready", () => {
    outbox.put(letter("open"), false, 1);
    outbox.put(letter("a"), true, 2);
    outbox.put(letter("b"), true, 3);
    expect(outbox.put(letter("c"), true, 4)).toBe(false);
    expect(outbox.finish(letter("open"), 4)).toBe(true);
    expect(dropOldest()).toBe(true);
    expect(outbox.size()).toBe(2);
    expect(outbox.put(letter("c"), true, 4)).toBe(true);
    expect(due(9)).toHaveLength(3);
  });

  it("has nothing to drop while every call is going on", () => {
    outbox.put(letter("open"), false, 1);
    expect(dropOldest()).toBe(false);
    expect(outbox.size()).toBe(1);
  });

  it("keeps what was refused, with the reason, and sends it again when asked", () => {
    outbox.put(letter("a"), true, 10);
    outbox.put(letter("b"), true, 11);
    note("a", 20, 1, 20);
    outbox.bury("a", "no schema", 30);
    outbox.bury("gone", "no schema", 30);
    expect(due(99)).toEqual(["b"]);
    expect(outbox.failedEntries()).toEqual([
      { ...letter("a"), problem: "no schema", failedAt: 30 },
    ]);
    expect(outbox.count()).toEqual({ waiting: 1, failed: 1, oldest: 11 });
    expect(outbox.revive(["gone"], 40)).toBe(0);
    expect(outbox.revive(["a"], 40)).toBe(1);
    expect(outbox.failedEntries()).toEqual([]);
    expect(outbox.due(ORG, 99, 10)).toMatchObject([
      { key: "b" },
      { ...letter("a"), attempts: 0, firstTriedAt: undefined },
    ]);
    outbox.bury("a", "still none", 50);
    outbox.bury("b", "still none", 51);
    expect(outbox.revive(undefined, 60)).toBe(2);
    expect(outbox.size()).toBe(2);
  });

  it("keeps as many failed entries as may wait, the latest", () => {
    const dropped = ["a", "b", "c", "d"].map((key, index) => {
      outbox.put(letter(key), true, 10);
      return outbox.bury(key, "refused", 20 + index);
    });
    // It says when one had to go.
    expect(dropped).toEqual([false, false, false, true]);
    expect(outbox.failedEntries().map(({ key }) => key)).toEqual(["b", "c", "d"]);
    expect(outbox.count()).toEqual({ waiting: 0, failed: 3, oldest: undefined });
    expect(outbox.revive(["b"], 30)).toBe(1);
    expect(outbox.bury("b", "refused", 31)).toBe(false);
    expect(outbox.put(letter("e"), true, 40)).toBe(true);
    expect(outbox.bury("e", "refused", 41)).toBe(true);
    expect(outbox.bury("gone", "refused", 42)).toBe(false);
    expect(outbox.failedEntries().map(({ key }) => key)).toEqual(["d", "b", "e"]);
  });
});
