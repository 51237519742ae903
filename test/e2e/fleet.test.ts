import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { startEmulator, defaultSeed, type Emulator } from "@xmcp-dev/authkit-emulator";
import { auditLogSchemas } from "@xmcp-dev/workos/audit-logs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { noRedis, startRealRedis, type RealRedis } from "../support/real-redis.ts";

const CALLS = 4_000;
const AT_ONCE = 16;
const RESOURCE = "http://127.0.0.1/mcp";
const PROGRAM = join(import.meta.dirname, "programs/fleet-instance.mjs");

let redis: RealRedis;
let authkit: Emulator;
let token: string;
const running = new Set<Instance>();

beforeEach(({ skip }) => {
  if (noRedis !== undefined) skip(noRedis);
});
beforeAll(async () => {
  if (noRedis !== undefined) return;
  redis = await startRealRedis();
  authkit = await startEmulator({ resource: RESOURCE, seed: { ...defaultSeed, auditLogSchemas } });
  token = await authkit.token({ organization: "Acme", expiresInSeconds: 3600 });
});
afterEach(async () => {
  await Promise.all([...running].map((one) => one.stop("SIGKILL")));
});
afterAll(async () => {
  await authkit?.close();
  await redis?.close();
});

/** A server of the fleet, in a process of its own. */
interface Instance {
  readonly url: string;
  readonly lines: readonly string[];
  readonly stop: (signal: "SIGTERM" | "SIGKILL") => Promise<void>;
}

async function start(env: Readonly<Record<string, string>>): Promise<Instance> {
  const child: ChildProcess = spawn(process.execPath, [PROGRAM], {
    env: { PATH: process.env["PATH"] ?? "", ...authkit.env, REDIS_URL: redis.url, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  const port = await new Promise<string>((resolve, reject) => {
    for (const input of [child.stdout, child.stderr]) {
      if (input === null) continue;
      createInterface({ input }).on("line", (line) => {
        lines.push(line);
        const found = /^listening (\d+)/.exec(line)?.[1];
        if (found !== undefined) resolve(found);
      });
    }
    child.once("exit", (code) => {
      reject(new Error(`it ended with ${code}:\n${lines.join("\n")}`));
    });
  });
  const instance: Instance = {
    url: `http://127.0.0.1:${port}/mcp`,
    lines,
    async stop(signal) {
      running.delete(instance);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill(signal);
      await ended;
    },
  };
  running.add(instance);
  return instance;
}

/** Calls a tool; the status, or 0 when no answer came. */
async function touch(url: string, id: string, as: string = token): Promise<number> {
  try {
    const params = { name: "touch", arguments: {} };
    const response = await fetch(url, {
      method: "POST",
      headers: { authorization: `Bearer ${as}`, "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params }),
    });
    await response.text();
    return response.status;
  } catch {
    return 0;
  }
}

const idsAt = (): string[] =>
  authkit.auditLogEvents.map(({ metadata }) => String(metadata?.["request_id"]));

describe("two instances in processes of their own", () => {
  it("lose no event and send none twice when one is killed in the middle of 4,000 calls, and Redis later", async () => {
    const env = { STREAM: "mcp-audit" };
    const fleet = [await start(env), await start(env)];
    const [answered, unanswered]: [string[], string[]] = [[], []];
    // WorkOS has its own troubles meanwhile.
    authkit.fail("api", { requests: 300, perSeconds: 1 });
    let ready = Promise.resolve();
    const faults = new Map([
      [
        1_000,
        async () => {
          await fleet[0]?.stop("SIGKILL");
          fleet[0] = await start(env);
        },
      ],
      [
        2_500,
        async () => {
          // What the killed instance left has been taken over by then.
          await redis.stop("SIGKILL");
          setTimeout(() => void redis.start(), 1_000);
        },
      ],
    ]);
    let next = 0;
    const callAgainAndAgain = async (): Promise<void> => {
      while (next < CALLS) {
        const id = `call-${(next += 1)}`;
        const fault = faults.get(next);
        if (fault !== undefined) ready = fault();
        await ready;
        const status = await touch(fleet[next % 2]?.url ?? "", id);
        (status === 200 ? answered : unanswered).push(id);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, callAgainAndAgain));
    authkit.recover();
    expect(answered.length + unanswered.length).toBe(CALLS);
    expect(unanswered.length).toBeLessThanOrEqual(AT_ONCE);

    const missing = (): string[] => {
      const there = new Set(idsAt());
      return answered.filter((id) => !there.has(id));
    };
    await expect.poll(missing, { timeout: 90_000, interval: 500 }).toEqual([]);
    await Promise.all(fleet.map((one) => one.stop("SIGTERM")));
    const keys = authkit.auditLogEvents.map(({ idempotencyKey }) => idempotencyKey);
    expect(new Set(keys).size).toBe(keys.length);
    expect(new Set(idsAt()).size).toBe(idsAt().length);
    // What is there beside was called and died unanswered.
    const wanted = new Set(answered);
    expect(idsAt().filter((id) => !wanted.has(id) && !unanswered.includes(id))).toEqual([]);
    expect(fleet.flatMap(({ lines }) => lines).join("\n")).not.toContain("audit_outbox_full");
  }, 240_000);

  it("give a caller exactly its points, whichever instance it asks", async () => {
    const env = { POINTS: "300" };
    const fleet = [await start(env), await start(env)];
    const grace = await authkit.token({ as: "grace@acme.test", organization: "Acme" });
    const ask = async (as: string, calls: number): Promise<Record<number, number>> => {
      const counts: Record<number, number> = {};
      let next = 0;
      const askOn = async (): Promise<void> => {
        while (next < calls) {
          next += 1;
          const status = await touch(fleet[next % 2]?.url ?? "", `${next}`, as);
          counts[status] = (counts[status] ?? 0) + 1;
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, askOn));
      return counts;
    };
    // Another caller has its own.
    expect(await ask(grace, 100)).toEqual({ 200: 100 });
    expect(await ask(token, 500)).toEqual({ 200: 300, 429: 200 });
    expect(fleet.flatMap(({ lines }) => lines).join("\n")).not.toContain("rate_limiter_failed");
  });
});
