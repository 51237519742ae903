import { NotFoundException } from "@workos-inc/node";
import { describe, expect, it } from "vitest";
import { defaultSeed } from "../../src/index.js";
import { acme, ada, globex } from "../support/oauth-client.js";
import { startServer, useServer } from "../support/fixture.js";
import { apiKeyHeader, errorOf } from "../support/sdk.js";

const server = useServer();

describe("audit log events, through the SDK", () => {
  const event = {
    action: "document.viewed",
    occurredAt: new Date("2026-01-01T12:00:00.000Z"),
    actor: { id: ada, type: "user" },
    targets: [{ id: "doc_123", type: "document" }],
    context: { location: "127.0.0.1", userAgent: "test" },
    metadata: { pages: 3 },
  };

  it("keeps what was sent, once for each idempotency key", async () => {
    const { emulator: own, workos: sdk } = await startServer();
    await sdk.auditLogs.createEvent(acme, event, { idempotencyKey: "key-1" });
    await sdk.auditLogs.createEvent(acme, event, { idempotencyKey: "key-1" });
    await sdk.auditLogs.createEvent(acme, event, { idempotencyKey: "key-2" });
    expect(own.auditLogEvents).toHaveLength(2);
    expect(own.auditLogEvents[0]).toEqual({
      id: expect.stringMatching(/^audit_log_event_01/u),
      organizationId: acme,
      action: "document.viewed",
      occurredAt: "2026-01-01T12:00:00.000Z",
      actor: { id: ada, type: "user" },
      targets: [{ id: "doc_123", type: "document" }],
      context: { location: "127.0.0.1", user_agent: "test" },
      metadata: { pages: 3 },
      idempotencyKey: "key-1",
    });
    const reuse = await errorOf(() =>
      sdk.auditLogs.createEvent(globex, event, { idempotencyKey: "key-1" }),
    );
    expect(reuse).toMatchObject({ status: 409 });
  });

  it.each([
    ["no targets", { targets: [] }],
    ["an actor without an id", { actor: { id: "", type: "user" } }],
    ["no action", { action: "" }],
    ["no location", { context: { location: "" } }],
    [
      "too many metadata keys",
      { metadata: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, "v"])) },
    ],
    ["a metadata value that is too long", { metadata: { note: "x".repeat(501) } }],
  ])("refuses %s as WorkOS does", async (_name, change) => {
    const error = await errorOf(() =>
      server.workos.auditLogs.createEvent(acme, { ...event, ...change }),
    );
    expect(error).toMatchObject({ status: 400, code: "invalid_audit_log" });
  });

  it("refuses an organization that is not there, or none", async () => {
    expect(
      await errorOf(() => server.workos.auditLogs.createEvent("org_01NONE", event)),
    ).toBeInstanceOf(NotFoundException);
    const body = JSON.stringify({ event: {} });
    const response = await fetch(`${server.emulator.url}/audit_logs/events`, {
      method: "POST",
      headers: apiKeyHeader,
      body,
    });
    expect(response.status).toBe(400);
  });

  it.each([
    ["has no list of them", undefined],
    ["lists none", []],
    ["lists another", [{ action: "document.burnt" }]],
  ])("refuses an action without a schema, when the seed %s", async (_name, auditLogSchemas) => {
    const { auditLogSchemas: _schemas, ...rest } = defaultSeed;
    const seed = auditLogSchemas === undefined ? rest : { ...rest, auditLogSchemas };
    const { emulator: own, workos: sdk } = await startServer({ seed });
    expect(await errorOf(() => sdk.auditLogs.createEvent(acme, event))).toMatchObject({
      status: 400,
      code: "invalid_audit_log_event",
      errors: [{ instancePath: "/action" }],
    });
    expect(own.auditLogEvents).toEqual([]);
    await sdk.auditLogs.createSchema({ action: event.action, targets: [{ type: "document" }] });
    await sdk.auditLogs.createEvent(acme, event);
    expect(own.auditLogEvents.map(({ action }) => action)).toEqual(["document.viewed"]);
  });

  it("takes what fits a seeded schema, and refuses what does not", async () => {
    const invoicePaid = {
      action: "invoice.paid",
      targets: [{ type: "invoice", metadata: { amount: "number" } }, { type: "team" }],
      actor: { metadata: { role: "string" } },
      metadata: { note: "string" },
    };
    const seed = { ...defaultSeed, auditLogSchemas: [invoicePaid, { action: "anything.done" }] };
    const { emulator: own, workos: sdk } = await startServer({ seed });
    const paid = {
      action: "invoice.paid",
      occurredAt: new Date("2026-01-01T12:00:00.000Z"),
      actor: { id: ada, type: "user", metadata: { role: "admin" } },
      targets: [
        { id: "in_1", type: "invoice", metadata: { amount: 12 } },
        { id: "t_1", type: "team" },
      ],
      context: { location: "127.0.0.1" },
      metadata: { note: "late" },
    };
    await sdk.auditLogs.createEvent(acme, paid);
    await sdk.auditLogs.createEvent(acme, { ...paid, action: "anything.done", metadata: {} });
    const problemsOf = async (change: object): Promise<unknown> =>
      errorOf(() => sdk.auditLogs.createEvent(acme, { ...paid, ...change }));
    expect(await problemsOf({ targets: [{ id: "d_1", type: "document" }] })).toMatchObject({
      errors: [{ instancePath: "/targets" }],
    });
    expect(await problemsOf({ metadata: { note: 1 } })).toMatchObject({
      errors: [{ instancePath: "/metadata" }],
    });
    expect(
      await problemsOf({ actor: { id: ada, type: "user", metadata: { role: 1 } } }),
    ).toMatchObject({ errors: [{ instancePath: "/actor/metadata" }] });
    expect(own.auditLogEvents.map(({ action }) => action)).toEqual([
      "invoice.paid",
      "anything.done",
    ]);
  });
});
