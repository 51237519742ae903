import { NotFoundException, type WorkOS } from "@workos-inc/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEmulator, defaultSeed, type Emulator } from "../../src/index.js";
import { acme, ada, globex } from "../support/oauth-client.js";
import { apiKeyHeader, errorOf, sdkFor } from "../support/sdk.js";

let emulator: Emulator;
let workos: WorkOS;

beforeAll(async () => {
  emulator = await createEmulator({ port: 0, now: () => Date.UTC(2026, 0, 1) });
  workos = sdkFor(emulator, emulator.apiKey);
});

afterAll(() => emulator.close());

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
    const own = await createEmulator({ port: 0 });
    const sdk = sdkFor(own, own.apiKey);
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
    await own.close();
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
    const error = await errorOf(() => workos.auditLogs.createEvent(acme, { ...event, ...change }));
    expect(error).toMatchObject({ status: 400, code: "invalid_audit_log" });
  });

  it("refuses an organization that is not there, or none", async () => {
    expect(await errorOf(() => workos.auditLogs.createEvent("org_01NONE", event))).toBeInstanceOf(
      NotFoundException,
    );
    const body = JSON.stringify({ event: {} });
    const response = await fetch(`${emulator.url}/audit_logs/events`, {
      method: "POST",
      headers: apiKeyHeader,
      body,
    });
    expect(response.status).toBe(400);
  });

  it("wants a schema only when the seed lists schemas", async () => {
    const own = await createEmulator({
      port: 0,
      seed: { ...defaultSeed, auditLogSchemas: [{ action: "document.viewed" }] },
    });
    const sdk = sdkFor(own, own.apiKey);
    await sdk.auditLogs.createEvent(acme, event);
    const unknown = await errorOf(() =>
      sdk.auditLogs.createEvent(acme, { ...event, action: "document.burnt" }),
    );
    expect(unknown).toMatchObject({ status: 400 });
    expect(own.auditLogEvents.map(({ action }) => action)).toEqual(["document.viewed"]);
    await own.close();
  });
});
