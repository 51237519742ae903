import { startEmulator, type Emulator } from "@xmcp-dev/authkit-emulator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildApp, startApp, type RunningApp } from "../support/app.ts";
import { rawRequest, statusOf } from "../support/raw-request.ts";

const TOOL = `
export const metadata = { name: "ring", description: "Leaves a trace when it runs" };
export default function ring() {
  console.log("THE TOOL RAN");
  return "rung";
}
`;

const CALL = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name: "ring", arguments: {} },
});

/** Spellings of a path that a router may take for the endpoint and a guard may not. */
function spellings(endpoint: string): string[] {
  const upper = endpoint.toUpperCase();
  const mixed = endpoint.replace(/[a-z]/g, (letter, index: number) =>
    index % 2 === 0 ? letter.toUpperCase() : letter,
  );
  const encoded = endpoint.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
  return [
    endpoint,
    `${endpoint}/`,
    `${endpoint}//`,
    `/${endpoint}`,
    `//${endpoint}`,
    upper,
    `${upper}/`,
    mixed,
    encoded,
    `${endpoint}%2f`,
    `${endpoint}%2F`,
    `${endpoint}/x`,
    `${endpoint}/../mcp`,
    `/.${endpoint}`,
    `/x/..${endpoint}`,
    `${endpoint}?access_token=x`,
    `${endpoint};x=1`,
    `${endpoint}%00`,
    `${endpoint}%20`,
    `${endpoint}#x`,
    `${endpoint}.json`,
    `/health/..${endpoint}`,
    `/.well-known/oauth-protected-resource/..${endpoint}`,
    `/.well-known/oauth-protected-resource%2f..${endpoint}`,
    `/.well-known/..${endpoint}`,
    `/.WELL-KNOWN/oauth-protected-resource`,
    `http://127.0.0.1${endpoint}`,
    `\\${endpoint.slice(1)}`,
    `${endpoint}\\`,
  ];
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "PROPFIND"];

const CREDENTIALS = [
  [],
  ["Authorization: Bearer garbage"],
  ["Authorization: Basic YWRtaW46YWRtaW4="],
  [
    "Cookie: access_token=x",
    "X-Auth-User: admin",
    "X-Forwarded-User: admin",
    "X-Mcp-Tool-Name: ring",
  ],
];

let emulator: Emulator;
const apps: RunningApp[] = [];

beforeAll(async () => {
  emulator = await startEmulator();
  const files = { "src/tools/ring.ts": TOOL };
  const build = async (name: string, endpoint: string | undefined): Promise<void> => {
    const app = await buildApp(name, { files, ...(endpoint === undefined ? {} : { endpoint }) });
    apps.push(await startApp(app, { ...emulator.env, BASE_URL: app.baseUrl }));
  };
  await build("paths-default", undefined);
  // The plugin is not told of this one: its own endpoint stays /mcp.
  await build("paths-custom", "/api/tools");
});

afterAll(async () => {
  for (const app of apps) await app.stop();
  await emulator?.close();
});

describe.each([
  ["the default endpoint", 0, "/mcp"],
  ["an endpoint that the plugin was not told of", 1, "/api/tools"],
] as const)("paths of %s", (_name, index, endpoint) => {
  const app = (): RunningApp => {
    const running = apps[index];
    if (running === undefined) throw new Error("the app did not start");
    return running;
  };
  const send = (method: string, path: string, headers: readonly string[]): Promise<string> =>
    rawRequest(
      app().port,
      [
        `${method} ${path} HTTP/1.1`,
        `Host: 127.0.0.1:${app().port}`,
        "Content-Type: application/json",
        "Accept: application/json, text/event-stream",
        ...headers,
      ].join("\r\n"),
      CALL,
    );

  it("runs the tool for a valid token, so that the attacks below could be seen to succeed", async () => {
    const userId = emulator.seed.users[0]?.id ?? "";
    const aud = `${app().baseUrl}/mcp`;
    const token = await emulator.forgeToken({ claims: { sub: userId, aud } });
    const answer = await send("POST", endpoint, [`Authorization: Bearer ${token}`]);
    expect(statusOf(answer)).toBe(200);
    expect(answer).toContain("rung");
    await expect.poll(() => app().lines.filter((line) => line === "THE TOOL RAN").length).toBe(1);
  });

  it.each(spellings(endpoint))(
    "T-01 T-07 RS-31: %s never runs a tool without a token, by any method",
    async (path) => {
      for (const method of METHODS) {
        for (const headers of CREDENTIALS) {
          const answer = await send(method, path, headers);
          expect(answer, `${method} ${path}`).not.toContain("rung");
          // A POST is refused by the guard (401, or 405 on its documents) or by Node (400 for a malformed path);
          // other methods may also meet xmcp's own CORS answer and health page.
          const expected = method === "POST" ? [400, 401, 405] : [200, 204, 400, 401, 404, 405];
          expect(expected, `${method} ${path}`).toContain(statusOf(answer));
        }
      }
      expect(app().lines.filter((line) => line === "THE TOOL RAN")).toHaveLength(1);
    },
  );
});
