import { NotFoundException } from "@workos-inc/node";
import { describe, expect, it } from "vitest";
import { acme, ada } from "../support/oauth-client.js";
import { startServer, useServer } from "../support/fixture.js";
import { errorOf } from "../support/sdk.js";

const server = useServer();

const event = {
  action: "invoice.sent",
  occurredAt: new Date("2026-01-01T12:00:00.000Z"),
  actor: { id: ada, type: "user", metadata: { role: "admin" } },
  targets: [{ id: "in_1", type: "invoice", metadata: { amount: 12 } }],
  context: { location: "127.0.0.1" },
  metadata: { note: "late", other: true },
};

describe("audit log schemas, through the SDK", () => {
  it("are created, a version for each, and listed", async () => {
    const action = "invoice.paid";
    expect(
      await server.workos.auditLogs.createSchema({
        action,
        actor: { metadata: { role: "string" } },
        targets: [{ type: "invoice", metadata: { amount: "number" } }],
        metadata: { note: "string" },
      }),
    ).toEqual({
      object: "audit_log_schema",
      version: 1,
      actor: { metadata: { role: "string" } },
      targets: [{ type: "invoice", metadata: { amount: "number" } }],
      metadata: { note: "string" },
      createdAt: "2026-01-01T00:00:00.000Z",
    });
    const second = await server.workos.auditLogs.createSchema({
      action,
      targets: [{ type: "bill" }],
    });
    expect(second).toMatchObject({ version: 2, targets: [{ type: "bill" }] });
    const { data } = await server.workos.auditLogs.listSchemas(action, { order: "asc" });
    expect(data.map(({ version }) => version)).toEqual([1, 2]);
    const actions = await server.workos.get<{
      data: { name: string; schema: { version: number } }[];
    }>("/audit_logs/actions");
    expect(actions.data.data.map(({ name, schema }) => [name, schema.version])).toEqual([
      [action, 2],
      ["document.viewed", 1],
    ]);
  });

  it("need a target, and are not found before they are made", async () => {
    const empty = server.workos.auditLogs.createSchema({ action: "nothing.done", targets: [] });
    expect(await errorOf(() => empty)).toMatchObject({ status: 422 });
    expect(await errorOf(() => server.workos.auditLogs.listSchemas("nothing.done"))).toBeInstanceOf(
      NotFoundException,
    );
  });

  it.each([
    ["a target of another type", { targets: [{ id: "t_1", type: "team" }] }, "/targets"],
    [
      "a target whose metadata is of another type",
      { targets: [{ id: "in_1", type: "invoice", metadata: { amount: "12" } }] },
      "/targets",
    ],
    ["metadata of another type", { metadata: { note: 1 } }, "/metadata"],
    [
      "an actor whose metadata is of another type",
      { actor: { id: ada, type: "user", metadata: { role: true } } },
      "/actor/metadata",
    ],
    ["a version that was never made", { version: 3 }, "/version"],
  ])("refuse %s", async (_name, change, instancePath) => {
    const { emulator: own, workos: sdk } = await startServer();
    await sdk.auditLogs.createSchema({
      action: event.action,
      actor: { metadata: { role: "string" } },
      targets: [{ type: "invoice", metadata: { amount: "number" } }],
      metadata: { note: "string" },
    });
    await sdk.auditLogs.createEvent(acme, event);
    expect(own.auditLogEvents).toHaveLength(1);
    const error = await errorOf(() => sdk.auditLogs.createEvent(acme, { ...event, ...change }));
    expect(error).toMatchObject({ status: 400, code: "invalid_audit_log_event" });
    expect(error).toMatchObject({ errors: [{ instancePath }] });
    expect(own.auditLogEvents).toHaveLength(1);
  });
});
