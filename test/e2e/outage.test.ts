import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { buildApp, startApp, type BuiltApp, type RunningApp } from "../support/app.ts";
import { postToolCall } from "../support/tool-call.ts";
import { startEmulator, type Emulator, type Fault } from "@xmcp-dev/authkit-emulator";

const ADA = "user_01K0ADA0000000000000000000";

let built: BuiltApp | undefined;
let app: RunningApp | undefined;
let authkit: Emulator | undefined;

async function end(): Promise<void> {
  await app?.stop();
  await authkit?.close();
}

beforeEach(async () => {
  await end();
  built ??= await buildApp("outage");
  authkit = await startEmulator({ resource: `${built.baseUrl}/mcp` });
  app = await startApp(built, authkit.env, { hasMovedClock: true });
});

afterAll(end);

interface Running {
  readonly app: RunningApp;
  readonly authkit: Emulator;
}

function running(): Running {
  if (app === undefined || authkit === undefined) throw new Error("nothing runs");
  return { app, authkit };
}

async function mint(expiresInSeconds = 300): Promise<string> {
  return running().authkit.token({ as: ADA, expiresInSeconds });
}

async function call(
  token: string,
): Promise<{ status: number; retryAfter: string | null; text: string }> {
  const answer = await postToolCall(running().app.mcpUrl, token, "session");
  return {
    status: answer.status,
    retryAfter: answer.headers.get("retry-after"),
    text: await answer.text(),
  };
}

const keySetFetches = (): number => running().authkit.requests("jwks").length;

const faults: readonly (readonly [string, Fault])[] = [
  ["refuses connections", "down"],
  ["answers 500", { status: 500 }],
  ["hangs", "hang"],
  ["answers with garbage", { body: "<html>", contentType: "text/html" }],
  ["answers with an empty key set", { body: '{"keys":[]}', contentType: "application/json" }],
  ["answers with 10 MB", { bytes: 10_000_000 }],
];

describe.each(faults)("an issuer that %s", (_name, fault) => {
  it("RS-56: at a cold start gives 503 with Retry-After, never 401, and recovers", async () => {
    running().authkit.fail("jwks", fault);
    const token = await mint();
    const answers = await Promise.all([call(token), call(token), call(token)]);
    for (const answer of answers) {
      expect(answer.status).toBe(503);
      expect(answer.retryAfter).toBe("5");
      expect(JSON.parse(answer.text)).toMatchObject({
        error: "temporarily_unavailable",
        reason: "keys_unavailable",
      });
    }
    expect(keySetFetches()).toBeLessThanOrEqual(1);
    expect(
      running().app.lines.filter(
        (line) => line.includes("key set") && line.includes("unreachable"),
      ),
    ).toHaveLength(1);

    running().authkit.recover();
    await expect.poll(async () => (await call(token)).status, { timeout: 10_000 }).toBe(200);
    expect(running().app.lines.filter((line) => line.includes("recovered"))).toHaveLength(1);
  });

  it("RS-56: once warm breaks nothing: known and new tokens of known keys go on working", async () => {
    expect((await call(await mint())).status).toBe(200);
    running().authkit.fail("jwks", fault);
    for (let index = 0; index < 5; index += 1) expect((await call(await mint())).status).toBe(200);
  });
});

it.each(faults)(
  "RS-56: valid tokens work through an hour in which the issuer %s",
  async (_name, fault) => {
    const known = await mint(2 * 60 * 60);
    expect((await call(known)).status).toBe(200);
    running().authkit.fail("all", fault);
    await running().app.letTimePass(60);
    const fresh = await mint(2 * 60 * 60);
    for (const token of [known, fresh, known, fresh]) {
      expect(await call(token)).toMatchObject({ status: 200 });
    }
    expect(keySetFetches()).toBeGreaterThan(0);
    // A key that appeared during the outage cannot be told from a forgery: not yet, rather than never.
    await running().authkit.rotateKeys();
    const answer = await call(await mint(2 * 60 * 60));
    expect(answer.status).toBe(503);
    running().authkit.recover();
    await running().app.letTimePass(15);
    expect((await call(known)).status).toBe(200);
  },
);

it("RS-56: a withdrawn key is refused within a minute of use once the set can be read", async () => {
  const token = await mint(2 * 60 * 60);
  expect((await call(token)).status).toBe(200);
  await running().authkit.rotateKeys({ keepOld: false });
  await running().app.letTimePass(15);
  const answer = await call(token);
  expect(answer.status).toBe(401);
  expect(JSON.parse(answer.text)).toMatchObject({ reason: "unknown_key" });
});

it("RS-56: a rotation under load refuses no valid token, though the issuer takes its time", async () => {
  const { authkit: issuer } = running();
  expect((await call(await mint())).status).toBe(200);
  issuer.fail("jwks", { delayMs: 300 });
  const statuses: number[] = [];
  const load = { isOver: false };
  const caller = async (): Promise<void> => {
    while (!load.isOver) statuses.push((await call(await mint())).status);
  };
  const callers = Array.from({ length: 8 }, caller);
  const answered = async (count: number): Promise<void> => {
    const target = statuses.length + count;
    await expect.poll(() => statuses.length, { timeout: 60_000 }).toBeGreaterThanOrEqual(target);
  };
  await answered(40);
  await issuer.rotateKeys();
  await answered(80);
  load.isOver = true;
  await Promise.all(callers);
  expect(new Set(statuses)).toEqual(new Set([200]));
  // One when it was cold and one for the new key, or one more if all this took half a minute.
  expect(keySetFetches()).toBeLessThanOrEqual(3);
});

it("RS-56: an issuer that is slow is waited for when that is needed, once for all who ask", async () => {
  running().authkit.fail("all", { delayMs: 800 });
  const ask = async (): Promise<number[]> =>
    Promise.all(
      Array.from({ length: 10 }, async () => (await call(await mint(2 * 60 * 60))).status),
    );
  const all = Array.from({ length: 10 }, () => 200);
  expect(await ask()).toEqual(all);
  expect(keySetFetches()).toBe(1);
  // The keys are at hand, and no request waits for the slow issuer.
  expect(await ask()).toEqual(all);
  expect(keySetFetches()).toBe(1);
  await running().app.letTimePass(15);
  expect(await ask()).toEqual(all);
  expect(keySetFetches()).toBe(2);
});

it("AuthKit's metadata document outlives AuthKit", async () => {
  const { authkit: issuer, app: server } = running();
  const url = `${server.baseUrl}/.well-known/oauth-authorization-server`;
  const before = await (await fetch(url)).json();
  expect(before).toMatchObject({
    issuer: issuer.issuer,
    registration_endpoint: `${issuer.issuer}/oauth2/register`,
  });
  issuer.fail("all", "down");
  expect(await (await fetch(url)).json()).toEqual(before);
});
