import { mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { call, startAudited } from "./audited.js";

const folder = mkdtempSync(join(tmpdir(), "audit-end-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("auditLogs() when things end or fail", () => {
  it("delivers what waits when the server closes, and says what is left", async () => {
    const { call: post, received, middleware } = await startAudited({ maxPerSecond: 0.001 });
    for (let index = 0; index < 12; index += 1) await post(call("refund"));
    await middleware.close();
    expect(received).toHaveLength(12);

    const silent = await startAudited();
    silent.answer = () => Response.json({}, { status: 503 });
    await silent.call(call("refund"));
    await silent.middleware.close();
    expect(silent.lines.at(-1)).toBe(
      "warn [workos] audit_events_left: 1 audit log events were not delivered and end with this process",
    );
  });

  it("goes on after a restart with what the process before it left in its file", async () => {
    const outbox = join(folder, "restart.sqlite");
    const first = await startAudited({ outbox });
    first.answer = () => Response.json({}, { status: 503 });
    await first.call(call("refund"));
    await vi.waitFor(() => expect(first.lines.join()).toContain("unreachable for audit logs"));
    await first.middleware.close();
    expect(first.lines.at(-1)).toContain(
      `1 audit log events were not delivered and wait in ${outbox}`,
    );

    const second = await startAudited({ outbox });
    await vi.waitFor(() => expect(second.received).toHaveLength(1));
    expect(second.received[0]?.event).toMatchObject({ action: "mcp.tool.called" });
    await second.middleware.close();
  });

  it("goes on writing into its file after close(), so that a process that is ending loses no call", async () => {
    const outbox = join(folder, "closed.sqlite");
    const answers: (() => void)[] = [];
    const first = await startAudited({ outbox }, {}, (_request, response) => {
      answers.push(() => void response.end("{}"));
    });
    const running = first.call(call("begun-before"));
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    await first.middleware.close();
    expect(first.lines.at(-1)).toBe(
      `warn [workos] audit_events_left: 1 audit log events were not delivered and wait in ${outbox}`,
    );
    const late = first.call(call("begun-after"));
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    for (const answer of answers) answer();
    await Promise.all([running, late]);
    await vi.waitFor(async () =>
      expect((await first.middleware.health()).outbox).toMatchObject({ waiting: 2 }),
    );
    expect(first.received).toEqual([]);
    expect((await first.middleware.health()).outbox).toMatchObject({ lost: 0 });

    const second = await startAudited({ outbox });
    await vi.waitFor(() => expect(second.received).toHaveLength(2));
    expect(second.received.map(({ event }) => event)).toMatchObject([
      { targets: [{ id: "begun-before" }], metadata: { outcome: "answered" } },
      { targets: [{ id: "begun-after" }], metadata: { outcome: "answered" } },
    ]);
    await second.middleware.close();
  });

  it("says of every call after close() that it is in no audit log, when nothing outlives the process", async () => {
    const answers: (() => void)[] = [];
    const audited = await startAudited(
      {},
      { access: { tools: { refund: "authenticated", charge: "authenticated" } } },
      (_request, response) => void answers.push(() => void response.end("{}")),
    );
    const { received, lines, middleware } = audited;
    const running = audited.call(call("refund"));
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    await middleware.close();
    // No observer receives how the call ended, but that it was made.
    expect(received.map(({ event }) => event)).toMatchObject([
      { targets: [{ id: "refund" }], metadata: { outcome: "unknown" } },
    ]);
    const late = audited.call(call("charge"));
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    await audited.call(call("secret"));
    for (const answer of answers) answer();
    await Promise.all([running, late]);
    await vi.waitFor(() =>
      expect(lines.filter((line) => line.includes("audit_events_left"))).toHaveLength(2),
    );
    expect(lines.filter((line) => line.includes("audit_events_left"))).toEqual([
      "warn [workos] audit_events_left: mcp.tool.called of charge by user user_01ADA is in no audit log: it came after close(), and the outbox is in memory (1 so far)",
      "warn [workos] audit_events_left: mcp.tool.denied of secret by user user_01ADA is in no audit log: it came after close(), and the outbox is in memory (2 so far)",
    ]);
    expect((await middleware.health()).outbox).toEqual({
      waiting: 0,
      failed: 0,
      oldestSeconds: 0,
      lost: 2,
    });
    expect(received).toHaveLength(1);
  });

  it("can be closed again, and asked how it stands afterwards", async () => {
    for (const options of [{}, { outbox: join(folder, "twice.sqlite") }]) {
      const { middleware, call: post, received } = await startAudited(options);
      await post(call("refund"));
      await Promise.all([middleware.close(), middleware.close()]);
      await middleware.close();
      expect(received).toHaveLength(1);
      expect((await middleware.health()).outbox).toEqual({
        waiting: 0,
        failed: 0,
        lost: 0,
        oldestSeconds: 0,
      });
    }
  });

  it("does not keep on asking at the end when WorkOS says when to come back", async () => {
    const audited = await startAudited();
    audited.answer = () => Response.json({}, { status: 429, headers: { "retry-after": "60" } });
    for (const name of ["a", "b", "c"]) await audited.call(call(name));
    await audited.middleware.close();
    expect(audited.keys.length).toBeLessThanOrEqual(3);
    expect(audited.lines.at(-1)).toBe(
      "warn [workos] audit_events_left: 3 audit log events were not delivered and end with this process",
    );
  });

  it("goes by way of memory while the file cannot be written, and says so", async () => {
    const outbox = join(folder, "locked.sqlite");
    const audited = await startAudited({ outbox });
    const { received, lines } = audited;
    // As a full disk does, every write fails.
    const other = new DatabaseSync(outbox);
    onTestFinished(() => {
      other.close();
    });
    other.exec("BEGIN IMMEDIATE");
    expect((await audited.call(call("refund"))).status).toBe(200);
    await vi.waitFor(() => expect(received).toHaveLength(1));
    expect(received[0]?.event.metadata).toMatchObject({ outcome: "answered" });
    expect((await audited.call(call("refund"))).status).toBe(200);
    other.exec("ROLLBACK");
    // For a second nothing is tried, since each try holds the server up.
    audited.clock.now += 1_000;
    await audited.call(call("refund"));
    await vi.waitFor(() => expect(received).toHaveLength(3));
    expect(lines.filter((line) => line.includes("audit_outbox_failed"))).toEqual([
      `warn [workos] audit_outbox_failed: the outbox cannot be written, so audit log events wait in memory and end with this process: ${outbox} is held by another process, such as a backup (database is locked), which must end first`,
      "warn [workos] audit_outbox_failed: the outbox can be written again; 2 audit log events went by way of memory",
    ]);
    expect(new Set(audited.keys).size).toBe(3);
    await audited.middleware.close();
    expect((await audited.middleware.health()).outbox).toEqual({
      waiting: 0,
      failed: 0,
      lost: 0,
      oldestSeconds: 0,
    });
  });

  it("says when failed entries are dropped, and counts them", async () => {
    const audited = await startAudited({ capacity: 2 });
    audited.answer = () => Response.json({ message: "no" }, { status: 400 });
    for (let dead = 1; dead <= 4; dead += 1) {
      await audited.call(call("refund"));
      await vi.waitFor(() => expect(audited.keys).toHaveLength(dead));
    }
    await vi.waitFor(async () =>
      expect((await audited.middleware.health()).outbox).toMatchObject({ failed: 2, lost: 2 }),
    );
    expect(audited.lines.filter((line) => line.includes("failed entries:"))).toEqual([
      "warn [workos] audit_outbox_full: there are too many failed entries: 1 were dropped, the oldest",
    ]);
  });

  it("finishes what select() took before the call ran, and asks again about what it did not", async () => {
    const kinds: string[] = [];
    const begun = await startAudited({
      select: ({ kind }) => {
        kinds.push(kind);
        return kind !== "answered";
      },
    });
    await begun.call(call("refund"));
    await vi.waitFor(() => expect(begun.received).toHaveLength(1));
    expect(begun.received[0]?.event.metadata).toMatchObject({ outcome: "answered" });
    expect(kinds).toEqual(["admitted"]);
    expect((await begun.middleware.health()).outbox).toMatchObject({ waiting: 0 });

    const ended = await startAudited({
      select: (event) => event.kind === "answered" && event.status === 200,
    });
    await ended.call(call("refund"));
    await vi.waitFor(() => expect(ended.received).toHaveLength(1));
  });

  it("is not ended by a select() that fails later", async () => {
    const seen: unknown[] = [];
    const before = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection").on("unhandledRejection", (reason) => {
      seen.push(reason);
    });
    const select = async (): Promise<never> => Promise.reject(new Error("away"));
    const { call: post, received } = await startAudited({ select: select as never });
    await post(call("refund"));
    await vi.waitFor(() => expect(received).toHaveLength(1));
    process.removeAllListeners("unhandledRejection");
    for (const listener of before) process.on("unhandledRejection", listener);
    expect(seen).toEqual([]);
  });
});
