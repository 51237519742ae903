import { join } from "node:path";
import { startEmulator, defaultSeed, type Emulator } from "@xmcp-dev/authkit-emulator";
import { auditLogSchemas } from "@xmcp-dev/workos/audit-logs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildApp, startApp, type BuiltApp, type RunningApp } from "../support/app.ts";
import { createRandom, startFailingProxy, type FailingProxy } from "../support/failing-proxy.ts";
import { modern } from "../support/rpc.ts";

const SEED = 20_261_129;
const AT_ONCE = 16;
const ORGANIZATIONS = ["org_01K0ACME000000000000000000", "org_01K0G10BEX0000000000000000"];

/** A third of the people are administrators; every one is a member of one organization. */
const PEOPLE = Array.from({ length: 60 }, (_, index) => {
  const number = String(index).padStart(3, "0");
  return {
    userId: `user_01K0FAU1T${number}00000000000000`,
    membershipId: `om_01K0FAU1T${number}00000000000000`,
    organizationId: ORGANIZATIONS[index % 2] ?? "",
    isAdmin: index % 3 === 0,
  };
});
type Person = (typeof PEOPLE)[number];

const files = {
  "src/middleware.ts": `
import { workosProvider } from "@xmcp-dev/workos";
import { auditLogs } from "@xmcp-dev/workos/audit-logs";
const provider = workosProvider({
  access: { tools: { whoami: { permissions: ["reports:read"] }, secret: { role: "admin" } } },
  observers: [auditLogs({ outbox: process.env.OUTBOX, maxPerSecond: 1000 })],
  revocation: { pollSeconds: 1 },
});
setInterval(async () => console.log("HEALTH " + JSON.stringify(await provider.health())), 200).unref();
export default provider;
`,
  ...Object.fromEntries(
    ["whoami", "secret"].map((name) => [
      `src/tools/${name}.ts`,
      `
import { getSession } from "@xmcp-dev/workos";
export const metadata = { name: "${name}", description: "For the tests" };
export default function handler() {
  const { userId, organizationId } = getSession();
  return "ran ${name} for " + userId + " in " + organizationId;
}
`,
    ]),
  ),
};

let app: BuiltApp;
let authkit: Emulator;
let proxy: FailingProxy;
let running: RunningApp;
const tokens = new Map<Person, string>();

const start = async (): Promise<void> => {
  running = await startApp(app, {
    ...authkit.env,
    WORKOS_API_URL: proxy.url,
    OUTBOX: join(app.folder, "faults.sqlite"),
  });
};

beforeAll(async () => {
  app = await buildApp("faults", { files });
  proxy = await startFailingProxy(SEED);
  authkit = await startEmulator({
    issuer: proxy.url,
    resource: `${app.baseUrl}/mcp`,
    seed: {
      ...defaultSeed,
      users: PEOPLE.map(({ userId }, index) => ({ id: userId, email: `${index}@acme.test` })),
      memberships: PEOPLE.map(({ membershipId: id, userId, organizationId, isAdmin }) => ({
        id,
        userId,
        organizationId,
        roles: [isAdmin ? "admin" : "member"],
      })),
      auditLogSchemas,
    },
  });
  proxy.target = authkit.url;
  for (const person of PEOPLE) {
    const { userId, organizationId } = person;
    tokens.set(person, await authkit.token({ as: userId, organization: organizationId }));
  }
  await start();
});
afterAll(async () => {
  await running?.stop();
  await authkit?.close();
  await proxy?.close();
});

/** How a call ended. */
type End = "ran" | "denied" | "unavailable" | "no answer";

interface Call {
  readonly id: string;
  readonly person: Person;
  readonly tool: "whoami" | "secret";
  readonly end: End;
  /** What may not be, in words; undefined for an answer that may. */
  readonly fault: string | undefined;
}

/** Calls a tool; one that leaves does so after so many milliseconds. */
async function call(
  id: string,
  person: Person,
  tool: Call["tool"],
  leavesAfter?: number,
): Promise<Call> {
  const { body, headers } = modern("tools/call", { name: tool, arguments: {} }, tool);
  let status: number;
  let text: string;
  try {
    const response = await fetch(`${app.baseUrl}/mcp`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${tokens.get(person)}`,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        ...headers,
      },
      body: JSON.stringify({ ...body, id }),
      signal: AbortSignal.timeout(leavesAfter ?? 30_000),
    });
    status = response.status;
    text = await response.text();
  } catch {
    return { id, person, tool, end: "no answer", fault: undefined };
  }
  return { id, person, tool, ...judge(status, text, person, tool) };
}

function judge(
  status: number,
  text: string,
  { userId, organizationId, isAdmin }: Person,
  tool: Call["tool"],
): Pick<Call, "end" | "fault"> {
  const wrong = (why: string) => `${why}: ${status} ${text.slice(0, 300)}`;
  const mayUse = tool === "whoami" || isAdmin;
  const ran = /ran (\w+) for (\w+) in (\w+)/.exec(text);
  if (ran !== null) {
    const isOwn = ran[1] === tool && ran[2] === userId && ran[3] === organizationId;
    const fault = isOwn ? undefined : wrong("another's data");
    return { end: "ran", fault: mayUse ? fault : wrong("a denial became an admission") };
  }
  if (text.includes("role_missing") || text.includes("permission_missing")) {
    return { end: "denied", fault: mayUse ? wrong("denied by mistake") : undefined };
  }
  const isUnavailable = status === 503 || text.includes("access_unavailable");
  return { end: "unavailable", fault: isUnavailable ? undefined : wrong("an odd answer") };
}

const random = createRandom(SEED + 1);
let calls = 0;

/** Makes so many calls, a few at a time, each for another user. */
async function makeCalls(count: number, midway: () => Promise<void> = async () => undefined) {
  const ended: Call[] = [];
  let ready = Promise.resolve();
  let left = count;
  const goOn = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      if (left === Math.floor(count / 2)) ready = midway();
      await ready;
      const person = PEOPLE[Math.floor(random() * PEOPLE.length)] as Person;
      const tool = random() < 0.5 ? "whoami" : "secret";
      const leaves = random() < 0.03 ? Math.ceil(random() * 20) : undefined;
      ended.push(await call(`call-${(calls += 1)}`, person, tool, leaves));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, goOn));
  await ready;
  return ended;
}

const faultsOf = (ended: readonly Call[]): string[] => ended.flatMap(({ fault }) => fault ?? []);
const countOf = (ended: readonly Call[], end: End): number =>
  ended.filter((one) => one.end === end).length;

const health = (): Record<string, unknown> => {
  const line = running.lines.findLast((text) => text.startsWith("HEALTH ")) ?? "HEALTH {}";
  return JSON.parse(line.slice("HEALTH ".length)) as Record<string, unknown>;
};
const isWell = async (): Promise<void> => {
  await expect.poll(health, { timeout: 90_000, interval: 200 }).toMatchObject({
    isReady: true,
    api: { isReachable: true },
    revocation: { isReachable: true },
    outbox: { waiting: 0, failed: 0, lost: 0 },
  });
};

/** Holds the audit log against the calls: each that was answered is there once, by its outcome, and no other is twice. */
function compareAuditLog(ended: readonly Call[]): void {
  const events = authkit.auditLogEvents.map(({ action, actor, metadata, idempotencyKey }) => ({
    action,
    actor: actor.id,
    id: String(metadata?.["request_id"]),
    idempotencyKey,
  }));
  const byId = new Map(events.map((event) => [event.id, event]));
  expect(events.length - byId.size).toBe(0);
  expect(new Set(events.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(events.length);
  const missing = ended.filter(
    ({ id, end, person }) =>
      end !== "no answer" &&
      end !== "unavailable" &&
      (byId.get(id)?.actor !== person.userId ||
        byId.get(id)?.action !== (end === "ran" ? "mcp.tool.called" : "mcp.tool.denied")),
  );
  expect(missing.map(({ id, end }) => `${id} ${end} ${byId.get(id)?.action}`)).toEqual([]);
}

describe("a built server beside a WorkOS that fails for some requests", () => {
  it("T-23: gives no wrong answer, recovers by itself, and records every call once", async () => {
    const ended = await makeCalls(200);
    expect(faultsOf(ended)).toEqual([]);

    proxy.odds = 0.3;
    const during = await makeCalls(1_500);
    expect(faultsOf(during)).toEqual([]);
    expect(countOf(during, "ran")).toBeGreaterThan(0);
    expect(countOf(during, "denied")).toBeGreaterThan(0);
    expect(countOf(during, "no answer")).toBeGreaterThan(0);
    expect([...proxy.counts.keys()].toSorted()).toEqual([
      "500",
      "503",
      "answer lost",
      "empty",
      "hang",
      "html",
      "redirect",
      "reset",
      "slow",
    ]);

    proxy.odds = 0;
    await isWell();
    compareAuditLog([...ended, ...during]);
  }, 240_000);

  it("T-23: loses no event and records none twice when it is killed under these faults", async () => {
    proxy.odds = 0.3;
    const ended = await makeCalls(1_000, async () => {
      await running.stop("SIGKILL");
      // What the new process asks at first may fail too.
      await start();
    });
    expect(faultsOf(ended)).toEqual([]);
    // Only what was under way at the kill, and the clients that left.
    expect(countOf(ended, "no answer")).toBeLessThanOrEqual(2 * AT_ONCE + 1_000 * 0.06);
    proxy.odds = 0;
    await isWell();
    compareAuditLog(ended);
    expect(faultsOf(await makeCalls(100))).toEqual([]);
  }, 240_000);
});
