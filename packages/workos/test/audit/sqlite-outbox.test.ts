import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { openFailedEntries, openSqliteOutbox } from "../../src/audit/sqlite-outbox.js";
import type { OutboxEntry } from "../../src/audit/outbox.js";

const folder = mkdtempSync(join(tmpdir(), "outbox-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

let files = 0;
const path = (): string => join(folder, `${(files += 1)}.sqlite`);

const letter = (key: string): OutboxEntry => ({
  key,
  organizationId: "org_01ACME",
  event: {
    action: "mcp.tool.called",
    occurredAt: "2026-01-01T00:00:00.000Z",
    actor: { type: "user", id: "user_01ADA" },
    targets: [{ type: "tool", id: "refund" }],
    context: { location: "203.0.113.7" },
    metadata: { outcome: "unknown" },
  },
});

describe("an outbox in a file", () => {
  it("has everything still when it is opened anew, and what was begun is ready then", () => {
    const file = path();
    const first = openSqliteOutbox(file, 10);
    first.put(letter("begun"), false, 1);
    first.put(letter("ready"), true, 2);
    first.put(letter("tried"), true, 3);
    first.note({ ...letter("tried"), attempts: 1, firstTriedAt: 4 }, 3);
    first.put(letter("dead"), true, 5);
    first.bury("dead", "no schema", 6);
    first.close();

    const second = openSqliteOutbox(file, 10);
    expect(second.due("org_01ACME", 9, 10)).toEqual([
      { ...letter("begun"), attempts: 0, firstTriedAt: undefined },
      { ...letter("ready"), attempts: 0, firstTriedAt: undefined },
      { ...letter("tried"), attempts: 1, firstTriedAt: 4 },
    ]);
    expect(second.count()).toEqual({ waiting: 3, failed: 1, oldest: 1 });
    expect(second.size()).toBe(3);
    second.close();
  });

  it("belongs to one at a time, and is free when that one has closed", () => {
    const file = path();
    const first = openSqliteOutbox(file, 10);
    first.put(letter("a"), false, 1);
    expect(() => openSqliteOutbox(file, 10)).toThrow(
      expect.objectContaining({
        code: "outbox_unavailable",
        message: `auditLogs() has no outbox: ${file} is in use by another process (or by another auditLogs() of this one): give each its own file`,
        cause: expect.objectContaining({ code: "ERR_SQLITE_ERROR" }) as Error,
      }),
    );
    // The refused one has not taken the call that goes on for a dead process's.
    expect(first.due("org_01ACME", 9, 10)).toEqual([]);
    first.close();
    openSqliteOutbox(file, 10).close();
  });

  it("can be left open for calls that still run, until this process opens it anew", () => {
    const file = path();
    const first = openSqliteOutbox(file, 10);
    first.put(letter("running"), false, 1);
    first.leave();
    first.put(letter("late"), true, 2);
    expect(first.due("org_01ACME", 9, 10).map(({ key }) => key)).toEqual(["late"]);

    const second = openSqliteOutbox(file, 1);
    // The call goes on in this very process.
    expect(second.due("org_01ACME", 9, 10).map(({ key }) => key)).toEqual(["late"]);
    expect(second.put(letter("no room"), true, 3)).toBe(false);
    expect(first.finish(letter("running"), 4)).toBe(true);
    expect(second.due("org_01ACME", 9, 10).map(({ key }) => key)).toEqual(["late", "running"]);
    expect(() => openSqliteOutbox(file, 10)).toThrow("in use");
    second.leave();
    openSqliteOutbox(file, 10).close();
  });

  it("is closed when a process that left it ends", () => {
    const file = path();
    const first = openSqliteOutbox(file, 10);
    first.leave();
    first.leave();
    first.put(letter("last"), false, 1);
    const listeners = process.listeners("exit").filter(({ name }) => name === "closeThoseLeft");
    expect(listeners).toHaveLength(1);
    listeners[0]?.(0);
    expect(() => first.put(letter("after"), true, 2)).toThrow(/finalized|not open/);
    // Its lock is free, and without another process's call it is tidy.
    const next = openSqliteOutbox(file, 10);
    expect(next.due("org_01ACME", 9, 10).map(({ key }) => key)).toEqual(["last"]);
    next.close();
  });

  it("lets an operator list and revive its failed entries while it is in use", () => {
    const file = path();
    const outbox = openSqliteOutbox(file, 10);
    outbox.put(letter("a"), true, 1);
    outbox.put(letter("b"), true, 2);
    outbox.bury("a", "no schema", 3);
    const seen = openFailedEntries(file);
    expect(seen.failedEntries()).toEqual([{ ...letter("a"), problem: "no schema", failedAt: 3 }]);
    expect(seen.revive(undefined, 4)).toBe(1);
    seen.close();
    expect(outbox.due("org_01ACME", 9, 10).map(({ key }) => key)).toEqual(["b", "a"]);
    expect(outbox.count().waiting).toBe(2);
    outbox.close();
  });

  it.each([
    [
      "a folder that is not there",
      () => join(folder, "nowhere", "outbox.sqlite"),
      "cannot be opened",
    ],
    [
      "a file that is something else",
      () => {
        const file = path();
        writeFileSync(file, "not a database, but long enough to be taken for one".repeat(20));
        return file;
      },
      "is no outbox",
    ],
  ])("refuses %s", (_name, file, problem) => {
    const given = file();
    expect(() => openSqliteOutbox(given, 10)).toThrow(
      expect.objectContaining({
        code: "outbox_unavailable",
        message: expect.stringContaining(`${given} ${problem}`) as string,
      }),
    );
  });

  it("does not make a file of a mistyped path when failed entries are asked for", () => {
    const file = path();
    expect(() => openFailedEntries(file)).toThrow(`auditLogs() has no outbox: there is no ${file}`);
  });

  it("says what is needed where Node has no SQLite", () => {
    const builtin = vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined);
    try {
      expect(() => openSqliteOutbox(path(), 10)).toThrow(
        /a durable outbox needs node:sqlite, which Node \d.* does not have: use Node 22.13 or newer, or leave outbox out/,
      );
    } finally {
      builtin.mockRestore();
    }
  });
});
