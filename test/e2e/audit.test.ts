import { join } from "node:path";
import { startEmulator, defaultSeed, type Emulator } from "@xmcp-dev/authkit-emulator";
import { auditLogSchemas } from "@xmcp-dev/workos/audit-logs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { buildApp, startApp, type BuiltApp, type RunningApp } from "../support/app.ts";
import { modern } from "../support/rpc.ts";

const CALLS = 10_000;
const AT_ONCE = 16;

const files = {
  "src/middleware.ts": `
import { workosProvider } from "@xmcp-dev/workos";
import { auditLogs } from "@xmcp-dev/workos/audit-logs";
const { OUTBOX: outbox, PER_SECOND: maxPerSecond = "50" } = process.env;
export default workosProvider({
  observers: [auditLogs({ maxPerSecond: Number(maxPerSecond), ...(outbox ? { outbox } : {}) })],
});
`,
  "src/tools/touch.ts": `
export const metadata = { name: "touch", description: "Does nothing" };
export default function touch() {
  return "touched";
}
`,
  "src/tools/wait.ts": `
export const metadata = { name: "wait", description: "Takes its time" };
export default async function wait() {
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  return "touched";
}
`,
};

let app: BuiltApp;
let authkit: Emulator;
let token: string;

beforeAll(async () => {
  app = await buildApp("audit", { files });
  authkit = await startEmulator({
    resource: `${app.baseUrl}/mcp`,
    seed: { ...defaultSeed, auditLogSchemas },
  });
  token = await authkit.token({ organization: "Acme", expiresInSeconds: 3600 });
});
// Also after a test that failed before it could.
afterEach(() => authkit?.recover());
afterAll(() => authkit?.close());

const start = (env: Record<string, string>): Promise<RunningApp> =>
  startApp(app, { ...authkit.env, ...env });

/** Calls the tool; whether the answer came. */
async function touch(id: string, tool = "touch"): Promise<boolean> {
  const { body, headers } = modern("tools/call", { name: tool, arguments: {} }, tool);
  try {
    const response = await fetch(`${app.baseUrl}/mcp`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        ...headers,
      },
      body: JSON.stringify({ ...body, id }),
    });
    return (await response.text()).includes("touched");
  } catch {
    return false;
  }
}

/** Those of the calls that are not in the audit log. */
const missing = (ids: readonly string[]): number => {
  const there = new Set(idsAt(authkit));
  return ids.filter((id) => !there.has(id)).length;
};

const idsAt = (emulator: Emulator): string[] =>
  emulator.auditLogEvents.map(({ metadata }) => String(metadata?.["request_id"]));

describe("a server whose audit log waits in a file", () => {
  it("loses no event and sends none twice when it is killed in the middle of 10,000 calls", async () => {
    const outbox = join(app.folder, "killed.sqlite");
    const env = { OUTBOX: outbox, PER_SECOND: "5000" };
    let running = await start(env);
    let ready = Promise.resolve();
    const [answered, unanswered]: [string[], string[]] = [[], []];
    const killAt = new Set([3_000, 6_000]);
    // WorkOS has its own troubles meanwhile.
    authkit.fail("api", { requests: 400, perSeconds: 1 });

    let next = 0;
    const callAgainAndAgain = async (): Promise<void> => {
      while (next < CALLS) {
        const id = `call-${(next += 1)}`;
        if (killAt.delete(next)) {
          ready = running.stop("SIGKILL").then(async () => {
            running = await start(env);
          });
        }
        await ready;
        ((await touch(id)) ? answered : unanswered).push(id);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, callAgainAndAgain));
    await ready;
    authkit.recover();
    expect(answered.length + unanswered.length).toBe(CALLS);
    expect(unanswered.length).toBeLessThanOrEqual(2 * AT_ONCE);

    await expect.poll(() => missing(answered), { timeout: 90_000, interval: 500 }).toBe(0);
    await running.stop();

    // Once each: by the idempotency key, and by the call.
    const keys = authkit.auditLogEvents.map(({ idempotencyKey }) => idempotencyKey);
    expect(new Set(keys).size).toBe(keys.length);
    const ids = idsAt(authkit);
    expect(new Set(ids).size).toBe(ids.length);
    // What is there beyond the answered calls was called, and died unanswered: its end is unknown.
    const outcomes = new Map(
      authkit.auditLogEvents.map(({ metadata }) => [
        metadata?.["request_id"],
        metadata?.["outcome"],
      ]),
    );
    const wanted = new Set(answered);
    for (const id of ids.filter((one) => !wanted.has(one))) {
      expect(unanswered).toContain(id);
      expect(["unknown", "client_left"]).toContain(outcomes.get(id));
    }
  }, 240_000);

  it("delivers what waits when it is asked to end, though xmcp exits at once", async () => {
    const outbox = join(app.folder, "asked.sqlite");
    const running = await start({ OUTBOX: outbox, PER_SECOND: "1" });
    const ids = Array.from({ length: 30 }, (_, index) => `last-${index}`);
    for (const id of ids) expect(await touch(id)).toBe(true);
    expect(idsAt(authkit)).not.toContain("last-29");
    await running.stop("SIGTERM");
    expect(missing(ids)).toBe(0);
  });

  it.each(["in a file", "in memory"])(
    "loses no call that is still running when it is asked to end, %s",
    async (where) => {
      const outbox = join(app.folder, "ending.sqlite");
      const env = where === "in a file" ? { OUTBOX: outbox } : {};
      const first = await start(env);
      // In a file it may wait for the next start; in memory this end is the only chance.
      if (where === "in a file") authkit.fail("api", "hang");
      const ids = Array.from({ length: 10 }, (_, index) => `ending-${where}-${index}`);
      const calls = ids.map((id) => touch(id, "wait"));
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      await first.stop("SIGTERM");
      // xmcp cuts them off.
      await Promise.all(calls);
      authkit.recover();
      const left = where === "in memory" ? missing(ids) : 0;
      expect(left).toBe(0);
      const second = await start(env);
      await expect.poll(() => missing(ids), { timeout: 20_000, interval: 200 }).toBe(0);
      await second.stop();
      expect(idsAt(authkit).filter((id) => ids.includes(id))).toHaveLength(10);
    },
  );

  it("keeps it for the next start when WorkOS does not answer at the end, without waiting long", async () => {
    const outbox = join(app.folder, "kept.sqlite");
    const first = await start({ OUTBOX: outbox });
    authkit.fail("api", { status: 503 });
    expect(await touch("kept-1")).toBe(true);
    await first.stop("SIGINT");
    expect(first.lines.join("\n")).toContain(
      `1 audit log events were not delivered and wait in ${outbox}`,
    );
    authkit.recover();
    expect(idsAt(authkit)).not.toContain("kept-1");
    const second = await start({ OUTBOX: outbox });
    await expect.poll(() => idsAt(authkit), { timeout: 20_000 }).toContain("kept-1");
    await second.stop();
  });

  it("refuses to start with another process's outbox, and says what to do", async () => {
    const outbox = join(app.folder, "shared.sqlite");
    const first = await start({ OUTBOX: outbox });
    await expect(start({ OUTBOX: outbox })).rejects.toThrow(
      /shared\.sqlite is in use by another process .*: give each its own file/,
    );
    await first.stop();
  });
});
