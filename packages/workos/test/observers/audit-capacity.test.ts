import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { auditLogs, type AuditLogs } from "../../src/observers/audit-logs.js";
import { workosProvider } from "../../src/index.js";
import { readHooks, withHooks } from "../../src/observers/hooks.js";
import { openSqliteOutbox } from "../../src/audit/sqlite-outbox.js";

vi.mock(import("../../src/audit/sqlite-outbox.js"), { spy: true });

const folder = mkdtempSync(join(tmpdir(), "capacity-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Nothing is delivered: no timer ever runs. */
const CONNECTION = {
  trail: () => undefined,
  recordArguments: new Map(),
  now: () => 1_700_000_000_000,
  schedule: () => () => undefined,
  sendAuditLogEvent: () => Promise.reject(new Error("not to be sent")),
};

/** Denials of one caller, each of a use of its own. */
function deny(observer: AuditLogs, uses: number): void {
  for (let use = 0; use < uses; use += 1) {
    observer.onEvent({
      kind: "denied",
      callId: `call_${use}`,
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
      durationMs: 1,
      detail: "",
    });
  }
}

it("auditLogs() sends 50 events a second behind a burst of five", async () => {
  vi.useFakeTimers();
  const observer = auditLogs();
  let sent = 0;
  readHooks(observer).connect?.({
    ...CONNECTION,
    now: () => Date.now(),
    schedule: (run, delay) => {
      const timer = setTimeout(run, delay);
      return () => {
        clearTimeout(timer);
      };
    },
    sendAuditLogEvent: () => {
      sent += 1;
      return Promise.resolve({ kind: "accepted" });
    },
  });
  deny(observer, 500);
  await vi.advanceTimersByTimeAsync(2_000);
  const before = sent;
  await vi.advanceTimersByTimeAsync(1_000);
  expect([before, sent - before]).toEqual([105, 50]);
  vi.useRealTimers();
});

it("close() of the middleware gives an observer that delivers five seconds", async () => {
  const given: number[] = [];
  const observer = withHooks(
    { name: "delivering", onEvent: () => undefined },
    {
      connect: () => ({
        close: (within: number) => Promise.resolve(void given.push(within)),
        health: () => ({ waiting: 0, failed: 0, lost: 0, oldest: undefined }),
      }),
    },
  );
  const middleware = workosProvider({
    authkitDomain: "acme.authkit.app",
    clientId: "client_01",
    apiKey: "sk_test_1",
    baseURL: "http://127.0.0.1:3002",
    observers: [observer],
  });
  await middleware.close();
  expect(given).toEqual([5_000]);
});

it("auditLogs() holds 10,000 events in memory, and drops what is more", () => {
  const observer = auditLogs();
  const connected = readHooks(observer).connect?.(CONNECTION);
  deny(observer, 10_002);
  expect(connected?.health()).toMatchObject({ waiting: 10_000, lost: 2 });
});

it("auditLogs() opens a file for 1,000,000 events", async () => {
  const connected = readHooks(auditLogs({ outbox: join(folder, "audit.sqlite") })).connect?.(
    CONNECTION,
  );
  expect(vi.mocked(openSqliteOutbox).mock.calls.map(([, capacity]) => capacity)).toEqual([
    1_000_000,
  ]);
  await connected?.close(0);
});
