import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { getSession, type AccessMap, type WorkOSProviderConfig } from "../../src/index.js";
import { startGuarded, type GuardedServer } from "../support/guarded-server.js";
import { goodClaims } from "../support/issuer.js";

const DEPTHS = [5_000, 100_000] as const;
const lists = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
const objects = (depth: number): string => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
const messages = (depth: number): string =>
  `${'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":'.repeat(depth)}1${"}".repeat(depth)}`;

const access: AccessMap = {
  tools: {
    checked: { check: ({ caller, arguments: given }) => caller.id !== "" && given !== null },
    "*": "authenticated",
  },
  resources: { "*": "authenticated" },
  prompts: { "*": "authenticated" },
};

/** A server that reads a body as xmcp does, JSON.parse() and then the guard; whether the tools were reached. */
async function start(config: WorkOSProviderConfig = {}) {
  const observed: unknown[] = [];
  const guarded = await startGuarded({
    config: {
      access,
      recordArguments: { kept: ["x"] },
      observers: [{ name: "observed", onEvent: (event) => void observed.push(event) }],
      ...config,
    },
  });
  const reached: unknown[] = [];
  const server = createServer((request, response) => void serve(request, response));
  const serve = async (
    request: IncomingMessage & { body?: unknown },
    response: ServerResponse,
  ): Promise<void> => {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    request.body = JSON.parse(text);
    await guarded.middleware(request, response, () => {
      reached.push(getSession().userId);
      response.setHeader("Content-Type", "application/json");
      response.end('{"jsonrpc":"2.0","id":1,"result":{"tools":[]}}');
    });
  };
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
  const { port } = server.address() as AddressInfo;
  const ask = async (body: string, token = guarded.issuer.sign()): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/mcp`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body,
    });
  return { guarded, reached, observed, ask };
}

const faultsOf = ({ lines }: GuardedServer): readonly string[] =>
  lines.filter((line) => line.startsWith("error"));

/** A message with JSON in one place. */
const PLACES: Readonly<Record<string, (json: string) => string>> = {
  "the whole body": (json) => json,
  "a member of a batch": (json) => `[${json},{"jsonrpc":"2.0","id":1,"method":"ping"}]`,
  jsonrpc: (json) => `{"jsonrpc":${json},"id":1,"method":"ping"}`,
  id: (json) => `{"jsonrpc":"2.0","id":${json},"method":"tools/call","params":{"name":"t"}}`,
  "the id of a list": (json) => `{"jsonrpc":"2.0","id":${json},"method":"tools/list"}`,
  method: (json) => `{"jsonrpc":"2.0","id":1,"method":${json}}`,
  params: (json) => `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${json}}`,
  "params of a list": (json) => `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":${json}}`,
  name: (json) => `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":${json}}}`,
  arguments: (json) =>
    `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":${json}}}`,
  "a kept argument": (json) =>
    `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"kept","arguments":{"x":${json}}}}`,
  _meta: (json) =>
    `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","_meta":${json}}}`,
  traceparent: (json) =>
    `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","_meta":{"traceparent":${json}}}}`,
  uri: (json) => `{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":${json}}}`,
  ref: (json) => `{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"ref":${json}}}`,
  "the uri of a ref": (json) =>
    `{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"ref":{"type":"ref/resource","uri":${json}}}}`,
  notifications: (json) =>
    `{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":${json}}}`,
  resourceSubscriptions: (json) =>
    `{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":[${json}]}}}`,
};

it.each(DEPTHS)("T-18: JSON nested %i deep in any place of a body is no fault", async (depth) => {
  const { guarded, ask } = await start();
  // A message takes 50 characters a level.
  for (const json of [lists(depth), objects(depth), messages(5_000)]) {
    for (const [place, put] of Object.entries(PLACES)) {
      const { status } = await ask(put(json));
      expect([place, status < 500]).toEqual([place, true]);
    }
  }
  expect(faultsOf(guarded)).toEqual([]);
  expect((await ask('{"jsonrpc":"2.0","id":1,"method":"ping"}')).status).toBe(200);
});

it("T-18: a check of arguments that are nested too deep to copy denies the call", async () => {
  const { guarded, reached, observed, ask } = await start();
  const call = (json: string): string =>
    `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"checked","arguments":{"x":${json}}}}`;
  for (const nest of [lists, objects]) {
    const response = await ask(call(nest(100_000)));
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ id: 1, result: { isError: true } });
  }
  expect(reached).toEqual([]);
  expect(observed).toContainEqual(
    expect.objectContaining({ kind: "denied", reason: "check_failed" }),
  );
  expect((await ask(call(lists(50)))).status).toBe(200);
  expect(reached).toEqual(["user_01ADA"]);
  expect(faultsOf(guarded)).toEqual([]);
});

it.each<[string, WorkOSProviderConfig]>([
  ["without a schema", {}],
  [
    "with a schema for claims",
    {
      claimsSchema: {
        "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) },
      },
    },
  ],
])("T-18: a signed token with a claim nested 5,000 deep is no fault, %s", async (_, config) => {
  const { guarded, ask } = await start(config);
  const claims = JSON.stringify(goodClaims()).replace(/\}$/, `,"deep":${lists(5_000)}}`);
  const token = guarded.issuer.signText('{"alg":"RS256","kid":"key_1"}', claims);
  for (let times = 0; times < 2; times += 1) {
    expect((await ask('{"jsonrpc":"2.0","id":1,"method":"ping"}', token)).status).toBeLessThan(500);
  }
  expect(faultsOf(guarded)).toEqual([]);
});
