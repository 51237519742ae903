import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createEmulator, defaultSeed } from "@xmcp-dev/authkit-emulator";
import { workosProvider } from "@xmcp-dev/workos";
import { auditLogs, auditLogSchemas } from "@xmcp-dev/workos/audit-logs";
import { expect, it, onTestFinished } from "vitest";

const CALLS = 10_000;
const AT_ONCE = 16;
const MINUTE = 60_000;
const RESOURCE = "http://127.0.0.1/mcp";

/** A clock that moves when it is told to, with what was planned for the time between. */
function createClock(): {
  readonly now: () => number;
  readonly schedule: (run: () => void, delay: number) => () => void;
  readonly pass: (milliseconds: number) => Promise<void>;
} {
  let time = Date.UTC(2026, 0, 1);
  const planned = new Map<object, { readonly at: number; readonly run: () => void }>();
  return {
    now: () => time,
    schedule(run, delay) {
      const id = {};
      planned.set(id, { at: time + delay, run });
      return () => void planned.delete(id);
    },
    async pass(milliseconds) {
      const end = time + milliseconds;
      for (;;) {
        // Requests to the emulator, which is a function here, end in a few turns of the event loop.
        for (let turn = 0; turn < 20; turn += 1) {
          await new Promise((resolve) => setImmediate(resolve));
        }
        const [next] = [...planned].toSorted(([, one], [, other]) => one.at - other.at);
        if (next === undefined || next[1].at > end) break;
        planned.delete(next[0]);
        time = Math.max(time, next[1].at);
        next[1].run();
      }
      time = end;
    },
  };
}

it("delivers every event of 10,000 calls exactly once, though WorkOS is away for ten minutes and then says 429", async () => {
  const clock = createClock();
  const authkit = createEmulator({
    now: clock.now,
    resource: RESOURCE,
    seed: { ...defaultSeed, auditLogSchemas },
  });
  const lines: string[] = [];
  const line = (text: string): void => void lines.push(text);
  const guard = workosProvider(
    {
      observers: [auditLogs({ capacity: CALLS })],
      log: { logger: { info: line, warn: line, error: line } },
    },
    { ...authkit.overrides, schedule: clock.schedule },
  );
  const server = createServer((request, response) => {
    const id = request.headers["x-call"];
    const params = { name: "touch", arguments: {} };
    Object.assign(request, { body: { jsonrpc: "2.0", id, method: "tools/call", params } });
    void guard(request, response, () => response.end("touched"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close().closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const token = await authkit.token({ organization: "Acme" });

  const outage = authkit.fail("api", "down");
  let next = 0;
  const callAgainAndAgain = async (): Promise<void> => {
    while (next < CALLS) {
      const headers = { authorization: `Bearer ${token}`, "x-call": `call-${(next += 1)}` };
      const answer = await fetch(`http://127.0.0.1:${port}/mcp`, { method: "POST", headers });
      expect(await answer.text()).toBe("touched");
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, callAgainAndAgain));
  await clock.pass(10 * MINUTE);
  expect(authkit.auditLogEvents).toHaveLength(0);
  expect((await guard.health()).outbox).toEqual({
    waiting: CALLS,
    failed: 0,
    lost: 0,
    oldestSeconds: 600,
  });

  authkit.clearRequests();
  outage[Symbol.dispose]();
  authkit.fail("api", { requests: 40, perSeconds: 1 });
  for (let minute = 0; minute < 20 && authkit.auditLogEvents.length < CALLS; minute += 1) {
    await clock.pass(MINUTE);
  }
  expect((await guard.health()).outbox).toMatchObject({ waiting: 0, failed: 0 });
  const ids = authkit.auditLogEvents.map(({ metadata }) => metadata?.["request_id"]);
  const keys = authkit.auditLogEvents.map(({ idempotencyKey }) => idempotencyKey);
  expect([ids.length, new Set(ids).size, new Set(keys).size]).toEqual([CALLS, CALLS, CALLS]);
  // It was told to wait, and did: hardly any question more than there were events.
  const refused = authkit.requests().filter(({ status }) => status === 429).length;
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThan(CALLS / 5);
  expect(lines.filter((text) => text.includes("audit logs"))).toEqual([
    "[workos] The WorkOS API is unreachable for audit logs: WorkOS cannot be reached (ECONNREFUSED); " +
      "see https://xmcp.dev/docs/integrations/workos/refusals#outages-in-the-log",
    "[workos] The WorkOS API is recovered for audit logs: audit log events arrive again; those that waited follow",
  ]);
}, 120_000);
