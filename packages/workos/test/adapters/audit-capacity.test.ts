import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { auditLogs } from "../../src/adapters/audit-logs.js";
import { openSqliteOutbox } from "../../src/adapters/sqlite-outbox.js";

vi.mock(import("../../src/adapters/sqlite-outbox.js"), { spy: true });

const folder = mkdtempSync(join(tmpdir(), "capacity-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Nothing is delivered: no timer ever runs. */
const CONNECTION = {
  trail: () => undefined,
  keepArguments: new Map(),
  now: () => 1_700_000_000_000,
  schedule: () => () => undefined,
  sendAuditLogEvent: () => Promise.reject(new Error("not to be sent")),
};

it("auditLogs() holds 10,000 events in memory, and drops what is more", () => {
  const observer = auditLogs();
  const connected = observer.connect?.(CONNECTION);
  for (let call = 0; call < 10_002; call += 1) {
    observer({
      kind: "denied",
      callId: `call_${call}`,
      caller: { kind: "user", id: "user_01ADA" },
      organizationId: "org_01ACME",
      clientId: undefined,
      method: "tools/call",
      target: { kind: "tool", name: "refund" },
      rule: undefined,
      requestId: 7,
      protocolVersion: "2025-11-25",
      from: { address: undefined, userAgent: undefined },
      reason: "role_missing",
      status: 200,
      duration: 1,
      detail: "",
    });
  }
  expect(connected?.health()).toMatchObject({ waiting: 10_000, lost: 2 });
});

it("auditLogs() opens a file for 1,000,000 events", async () => {
  const connected = auditLogs({ outbox: join(folder, "audit.sqlite") }).connect?.(CONNECTION);
  expect(vi.mocked(openSqliteOutbox).mock.calls.map(([, capacity]) => capacity)).toEqual([
    1_000_000,
  ]);
  await connected?.close(0);
});
