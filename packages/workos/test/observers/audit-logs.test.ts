import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { auditLogs } from "../../src/audit-logs.js";
import { startGuarded } from "../support/guarded-server.js";
import { CLIENT_ID, NOW } from "../support/issuer.js";
import { call, startAudited } from "./audited.js";

const folder = mkdtempSync(join(tmpdir(), "audit-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

describe("auditLogs()", () => {
  it("writes a call of a tool: who, what, where, how it ended, and the arguments that are kept", async () => {
    const { call: post, received } = await startAudited(
      {},
      {
        access: { tools: { refund: "authenticated" } },
        recordArguments: { refund: ["amount", "a_name_that_workos_has_room_for"] },
      },
    );
    await post(
      call("refund", {
        amount: 12,
        card: "4242",
        a_name_that_workos_has_room_for: "x",
      }),
    );
    await vi.waitFor(() => expect(received).toHaveLength(1));
    expect(received).toEqual([
      {
        key: expect.stringMatching(UUID) as string,
        organizationId: "org_01ACME",
        event: {
          action: "mcp.tool.called",
          occurred_at: new Date(NOW).toISOString(),
          actor: { type: "user", id: "user_01ADA" },
          targets: [{ type: "tool", id: "refund" }],
          context: { location: "127.0.0.1", user_agent: "Claude/1" },
          metadata: {
            outcome: "answered",
            method: "tools/call",
            client_id: "https://client.example.com/metadata.json",
            rule: 'access.tools["refund"]',
            request_id: "7",
            protocol_version: "2025-11-25",
            status: "200",
            duration_ms: "0",
            argument_amount: "12",
            argument_a_name_that_workos_has_room_for: "x",
          },
        },
      },
    ]);
  });

  it("writes a denial, with the reason and without arguments", async () => {
    const { call: post, received } = await startAudited(
      {},
      {
        access: { tools: { refund: { caller: "application" } } },
        callers: ["user", "application"],
        recordArguments: { refund: ["amount"] },
      },
    );
    await post(call("refund", { amount: 12 }));
    await vi.waitFor(() => expect(received).toHaveLength(1));
    expect(received[0]?.event).toMatchObject({
      action: "mcp.tool.denied",
      metadata: { outcome: "denied", reason: "caller_not_allowed", status: "200" },
    });
    expect(received[0]?.event.metadata).not.toHaveProperty("argument_amount");
  });

  it("writes resources and prompts, each message of a batch, and nothing about messages without a target", async () => {
    const { call: post, received } = await startAudited();
    await post([
      { jsonrpc: "2.0", id: 1, method: "resources/read", params: { uri: "docs://a" } },
      { jsonrpc: "2.0", id: 2, method: "prompts/get", params: { name: "greet" } },
      { jsonrpc: "2.0", id: 3, method: "tools/list" },
    ]);
    await vi.waitFor(() => expect(received).toHaveLength(2));
    expect(received.map(({ event }) => event)).toMatchObject([
      { action: "mcp.resource.read", targets: [{ type: "resource", id: "docs://a" }] },
      { action: "mcp.prompt.read", targets: [{ type: "prompt", id: "greet" }] },
    ]);
    expect(new Set(received.map(({ key }) => key)).size).toBe(2);
  });

  it("names applications and API keys as what they are", async () => {
    const {
      call: post,
      ask,
      received,
    } = await startAudited(
      { organizationId: "org_01OURS" },
      { callers: ["application", "api-key"] },
    );
    const claims = { sub: "client_01REPORTER", client_id: "client_01REPORTER", aud: CLIENT_ID };
    await post(call("refund"), { ...claims, sid: undefined, scope: "openid" });
    // The body is still the call's.
    await ask("sk_example_good");
    await vi.waitFor(() => expect(received).toHaveLength(2));
    expect(received.map(({ event }) => event)).toMatchObject([
      { actor: { type: "application", id: "client_01REPORTER" } },
      { actor: { type: "api_key", id: "api_key_01KEY" } },
    ]);
    expect(received[1]?.event.metadata).not.toHaveProperty("client_id");
    expect(JSON.stringify(received)).not.toContain("sk_example_good");
  });

  it("is told in the outbox before the tool runs, and is recorded as unknown when its end is unknown", async () => {
    const outbox = join(folder, "begun.sqlite");
    let seen: unknown;
    const first = await startAudited({ outbox }, {}, (_request, response) => {
      void first.middleware.health().then((health) => {
        seen = health.outbox;
        response.end("{}");
      });
    });
    first.answer = () => Response.json({}, { status: 503 });
    await first.call(call("refund"));
    expect(seen).toEqual({ waiting: 1, failed: 0, lost: 0, oldestSeconds: 0 });
  });

  it("sends again what was not taken, under the same key", async () => {
    const audited = await startAudited();
    const { received, keys, lines, clock } = audited;
    audited.answer = () => Response.json({}, { status: 503, headers: { "retry-after": "1" } });
    await audited.call(call("refund"));
    await vi.waitFor(() => expect(keys).toHaveLength(1));
    expect(await audited.middleware.health()).toMatchObject({ outbox: { waiting: 1, failed: 0 } });
    audited.answer = () => Response.json({ success: true }, { status: 201 });
    clock.now += 1_000;
    await vi.waitFor(() => expect(received).toHaveLength(1), { timeout: 5_000 });
    expect(keys).toEqual([received[0]?.key, received[0]?.key]);
    expect(lines.slice(-2)).toEqual([
      "warn [workos] The WorkOS API is unreachable for audit logs: WorkOS answered 503",
      "info [workos] The WorkOS API is recovered for audit logs: audit log events arrive again; those that waited follow",
    ]);
  });

  it("keeps what WorkOS refuses, says once what to do about it, and sends it again", async () => {
    const audited = await startAudited();
    const { audit, received, lines } = audited;
    audited.answer = () =>
      Response.json(
        { message: "Invalid Audit Log event.", code: "invalid_audit_log_event" },
        { status: 400 },
      );
    await audited.call(call("refund"));
    await audited.call(call("refund"));
    await vi.waitFor(() => expect(audit.failedEntries()).toHaveLength(2));
    expect(audit.failedEntries()[0]).toMatchObject({
      organizationId: "org_01ACME",
      problem: "WorkOS answered 400: Invalid Audit Log event.",
    });
    expect(lines.filter((line) => line.includes("audit_event_refused"))).toEqual([
      "warn [workos] audit_event_refused: an event of mcp.tool.called was not taken and is kept as a failed entry: " +
        "WorkOS answered 400: Invalid Audit Log event. If its schema is missing, " +
        "`npx @xmcp-dev/workos audit-log-schemas --create` makes it; then send it again with retry() or " +
        "`npx @xmcp-dev/workos failed-entries <outbox> --retry`",
    ]);
    expect(await audited.middleware.health()).toMatchObject({ outbox: { waiting: 0, failed: 2 } });
    audited.answer = () => Response.json({ success: true }, { status: 201 });
    expect(audit.retry([])).toBe(0);
    expect(audit.retry()).toBe(2);
    await vi.waitFor(() => expect(received).toHaveLength(2));
    expect(audit.failedEntries()).toEqual([]);
  });

  it("says once that callers without an organization are not audited", async () => {
    const { call: post, lines, middleware } = await startAudited();
    await post(call("refund"), { org_id: undefined });
    await post(call("refund"), { org_id: undefined });
    await vi.waitFor(() =>
      expect(lines.filter((line) => line.includes("audit_organization_missing"))).toHaveLength(1),
    );
    expect((await middleware.health()).outbox).toEqual({
      waiting: 0,
      failed: 0,
      lost: 0,
      oldestSeconds: 0,
    });
  });

  it("gives them to the organization that is named for them", async () => {
    const { call: post, received } = await startAudited({ organizationId: "org_01OURS" });
    await post(call("refund"), { org_id: undefined });
    await post(call("refund"));
    await vi.waitFor(() => expect(received).toHaveLength(2));
    expect(received.map(({ organizationId }) => organizationId).toSorted()).toEqual([
      "org_01ACME",
      "org_01OURS",
    ]);
  });

  it.each([
    ["drop-oldest", "oldest", ["c", "d"]],
    ["drop-newest", "newest", ["a", "b"]],
  ] as const)("when full, %s, and says so once", async (whenFull, which, kept) => {
    const audited = await startAudited({ capacity: 2, whenFull });
    const { lines, received } = audited;
    let isOpen = false;
    audited.answer = () =>
      isOpen
        ? Response.json({ success: true }, { status: 201 })
        : Response.json({}, { status: 429, headers: { "retry-after": "1" } });
    for (const name of ["a", "b", "c", "d"]) {
      await audited.call(call(name));
      await vi.waitFor(async () =>
        expect((await audited.middleware.health()).outbox?.waiting).toBeGreaterThan(0),
      );
    }
    const full = lines.filter((line) => line.includes("audit_outbox_full"));
    expect(full).toEqual([
      `warn [workos] audit_outbox_full: the outbox holds 2 audit log events and is full: the ${which} of user user_01ADA are dropped`,
    ]);
    isOpen = true;
    audited.clock.now += 10_000;
    await vi.waitFor(() => expect(received).toHaveLength(2), { timeout: 5_000 });
    expect(
      received.map(({ event }) => (event as never as { targets: [{ id: string }] }).targets[0].id),
    ).toEqual(kept);
    // Without another call.
    await vi.waitFor(() => expect(lines.join("\n")).toContain("the outbox has room again;"));
  });

  it("audits what select() says, and what it throws about", async () => {
    const { call: post, received } = await startAudited({
      select: ({ target }) => {
        if (target?.name === "odd") throw new Error("cannot say");
        return target?.name !== "chatter";
      },
    });
    for (const name of ["chatter", "refund", "odd"]) await post(call(name));
    await vi.waitFor(() => expect(received).toHaveLength(2));
    expect(JSON.stringify(received)).not.toContain("chatter");
  });

  it("is for one server", async () => {
    const audit = auditLogs();
    await startGuarded({ config: { observers: [audit] } });
    await expect(startGuarded({ config: { observers: [audit] } })).rejects.toThrow(
      "auditLogs() was given to two servers: make one for each",
    );
  });

  it.each([
    [
      { outbox: "" },
      "outbox must be the path of a file that outlives the process; left out, events wait in memory",
    ],
    [
      { outbox: ":memory:" },
      "outbox must be the path of a file that outlives the process; left out, events wait in memory",
    ],
    [
      { outbox: "file::memory:?cache=shared" },
      "outbox must be the path of a file that outlives the process; left out, events wait in memory",
    ],
    [{ capacity: 0 }, "capacity must be a whole number of events, at least 1"],
    [{ whenFull: "wait" }, 'whenFull must be "drop-oldest" or "drop-newest"'],
    [{ organizationId: "acme" }, "organizationId must be an ID of WorkOS's: those begin with org_"],
    [{ maxPerSecond: 0 }, "maxPerSecond must be a number of events above 0"],
    [{ select: true }, "select must be a function (event) => boolean"],
    [
      { file: "x" },
      "file is unknown; there are outbox, capacity, whenFull, organizationId, maxPerSecond, select",
    ],
  ])("%j is refused", (options, problem) => {
    expect(() => auditLogs(options as never)).toThrow(
      expect.objectContaining({
        code: "invalid_configuration",
        message: `auditLogs() cannot start:\n  - auditLogs.${problem}\nSee https://xmcp.dev/docs/integrations/workos/errors#invalid_configuration`,
      }),
    );
  });
});
