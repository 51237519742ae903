import { describe, expect, it, onTestFinished } from "vitest";
import { startProgram, type RunningHost } from "./running-host.ts";

const ENVIRONMENT = {
  WORKOS_API_KEY: "sk_test_0123456789",
  WORKOS_CLIENT_ID: "client_01DROPPED",
  WORKOS_AUTHKIT_DOMAIN: "http://127.0.0.1:9",
  WORKOS_API_URL: "http://127.0.0.1:9",
  BASE_URL: "http://127.0.0.1:3002",
};

async function start(dropped: string, env: object = ENVIRONMENT): Promise<RunningHost> {
  const running = await startProgram([process.execPath], "dropped.ts", {
    ...env,
    DROPPED: dropped,
  });
  onTestFinished(() => running.stop());
  return running;
}

async function callWithoutToken({ origin }: RunningHost): Promise<string> {
  const answer = await fetch(`${origin}/mcp`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2025-11-25",
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "read", arguments: {} },
    }),
  });
  return `${answer.status} ${await answer.text()}`;
}

/** What a promise does in the guard's place: Fastify waits for it, and to others it is no function. */
const AS_A_PROMISE: Readonly<Record<string, RegExp>> = {
  express: /ended with 1:[^]*app\.use\(\) requires a middleware function/,
  "node:http": /fetch failed|first is not a function/,
  fastify: /^401 /,
  nest: /ended with 1:[^]*app\.use\(\) requires a middleware function/,
};

describe.each(Object.entries(AS_A_PROMISE))("T-20: a server on %s", (host, asPromise) => {
  it("whose guard is mounted refuses a call without a token", async () => {
    const running = await start(`${host}, mounted`);
    expect(await callWithoutToken(running)).toMatch(/^401 /);
    expect(running.lines.join("\n")).toContain("[workos] Guarding http://127.0.0.1:3002/mcp");
  });

  it.each(["not mounted", "mounted behind the route"])(
    "whose guard is %s ends, and its log has the cause",
    async (way) => {
      const running = await start(`${host}, ${way}`);
      expect(await callWithoutToken(running)).toContain("read done");
      expect(await running.ended).toBe(1);
      const log = running.lines.join("\n");
      expect(log).toContain(
        `[workos] NOT guarding http://127.0.0.1:3002/mcp: ${running.origin}/mcp carries out calls without a token`,
      );
      expect(log).not.toContain("[workos] Guarding");
    },
  );

  it("with a promise in the guard's place is not open", async () => {
    const outcome = await start(`${host}, a promise`).then(callWithoutToken).catch(String);
    expect(outcome).toMatch(asPromise);
  });

  it("without its environment does not start, and its log has every problem", async () => {
    const failure = await start(`${host}, mounted`, {}).catch(String);
    expect(failure).toMatch(/ended with 1:[^]*apiKey is missing[^]*authkitDomain is missing/);
  });
});
