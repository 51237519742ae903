import { describe, expect, it } from "vitest";
import {
  toAuditLogEvent,
  auditLogSchemas,
  type AuditedEvent,
} from "../../src/audit/audit-event.js";

const TARGET = { kind: "tool", name: "refund" } as const;
const ASKED = {
  caller: { kind: "user", id: "user_01ADA" },
  organizationId: "org_01ACME",
  clientId: undefined,
  method: "tools/call",
  target: TARGET,
  rule: undefined,
  requestId: 7,
  protocolVersion: "2025-11-25",
  callId: "call_01",
  from: { address: undefined, userAgent: undefined },
} as const;

const said = (event: AuditedEvent) => toAuditLogEvent(event, TARGET, Date.UTC(2026, 0, 15));

describe("an event in the audit log's words", () => {
  it("says of a call that goes on no more than is known", () => {
    expect(said({ ...ASKED, kind: "admitted", arguments: {} })).toEqual({
      action: "mcp.tool.called",
      occurredAt: "2026-01-15T00:00:00.000Z",
      actor: { type: "user", id: "user_01ADA" },
      targets: [{ type: "tool", id: "refund" }],
      context: { location: "unknown" },
      metadata: {
        outcome: "unknown",
        method: "tools/call",
        request_id: "7",
        protocol_version: "2025-11-25",
      },
    });
  });

  it("keeps to what WorkOS takes: fifty texts of 500 characters, under names of forty", () => {
    const given = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`${index}_`.padEnd(31, "n"), "v".repeat(600)]),
    );
    const { metadata } = said({
      ...ASKED,
      clientId: "client_01MCP",
      rule: 'access.tools["refund"]',
      caller: { ...ASKED.caller, impersonator: "ops@workos-staff.example" },
      kind: "answered",
      target: { ...TARGET, sentAs: "REFUND" },
      status: 200,
      isComplete: true,
      durationMs: 12.4,
      arguments: given,
    });
    expect(Object.keys(metadata)).toHaveLength(50);
    expect(metadata).toMatchObject({ outcome: "answered", status: "200", duration_ms: "12" });
    const [name = "", value] = Object.entries(metadata).at(-1) ?? [];
    expect([name, value]).toEqual([`argument_39_${"n".repeat(28)}`, "v".repeat(500)]);
  });

  it("is one that a schema is there for, with every name that it has", () => {
    expect(auditLogSchemas.map(({ action }) => action)).toEqual([
      "mcp.tool.called",
      "mcp.tool.denied",
      "mcp.resource.read",
      "mcp.resource.denied",
      "mcp.prompt.read",
      "mcp.prompt.denied",
    ]);
    const { action, metadata } = said({
      ...ASKED,
      kind: "denied",
      target: { ...TARGET, sentAs: "REFUND" },
      oneOf: { number: 1, of: 2 },
      caller: { ...ASKED.caller, impersonator: "ops@workos-staff.example" },
      clientId: "client_01MCP",
      rule: 'access.tools["refund"]',
      reason: "role_missing",
      status: 200,
      detail: "",
      durationMs: 3,
    });
    const schema = auditLogSchemas.find((one) => one.action === action);
    expect(Object.keys(schema?.metadata ?? {}).toSorted()).toEqual(
      Object.keys(metadata).toSorted(),
    );
    expect(Object.keys(metadata)).toEqual([
      "outcome",
      "method",
      "client_id",
      "impersonator",
      "rule",
      "request_id",
      "protocol_version",
      "sent_as",
      "status",
      "duration_ms",
      "reason",
      "one_of",
    ]);
  });
});
