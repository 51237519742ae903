import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmulator, defaultSeed, type Emulator } from "@xmcp-dev/authkit-emulator";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { buildApp, startApp, type RunningApp } from "../support/app.ts";
import { serveClientMetadata } from "../support/authkit.ts";
import { PREREGISTERED, realClients, type RealClient } from "./clients.ts";
import { installTools } from "./install.ts";

/** Tells how it was called. */
const CALLED = `
import { getSession } from "@xmcp-dev/workos";
import { headers } from "xmcp/headers";
export const metadata = { name: "called", description: "Tells how it was called" };
export default function called() {
  const { userId, organizationId, clientId } = getSession();
  const protocolVersion = headers()["mcp-protocol-version"];
  return JSON.stringify({ userId, organizationId, clientId, protocolVersion });
}
`;

let tools: string;
let app: RunningApp;
let authkit: Emulator;
let home: string;
let client: RealClient | undefined;
/** How far the clock of both servers is ahead, in minutes. */
let ahead = 0;

beforeAll(async () => {
  tools = await installTools("clients");
  const built = await buildApp("conformance-clients", {
    files: { "src/tools/called.ts": CALLED },
  });
  authkit = await startEmulator({
    now: () => Date.now() + ahead * 60_000,
    resource: `${built.baseUrl}/mcp`,
    seed: {
      ...defaultSeed,
      applications: [
        {
          kind: "oauth",
          clientId: PREREGISTERED,
          name: "Known beforehand",
          redirectUris: ["http://127.0.0.1/callback"],
        },
      ],
    },
    fetch: serveClientMetadata,
  });
  app = await startApp(built, authkit.env, { hasMovedClock: true });
});

afterAll(async () => {
  await app?.stop();
  await authkit?.close();
});

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "conformance-"));
  authkit.clearRequests();
});

afterEach(async () => {
  await client?.close();
  client = undefined;
  const failed = join(home, "browser-failed.txt");
  const failure = existsSync(failed) ? readFileSync(failed, "utf8") : undefined;
  rmSync(home, { recursive: true });
  if (failure !== undefined) throw new Error(`The browser stopped: ${failure}`);
});

function count(method: string, path: string): number {
  return authkit
    .requests()
    .filter((request) => request.method === method && request.path === path && request.status < 400)
    .length;
}

const clientIds = {
  DCR: expect.stringMatching(/^client_[0-9A-Z]{26}$/),
  CIMD: "https://client.example.com/oauth/client.json",
  preregistered: "client_01K0C0NF0RMANCE00000000000",
};

describe.each(Object.entries(realClients))("%s", (_name, { registrations, start, ...expected }) => {
  it.each(registrations)("signs in by %s and calls tools", async (registration) => {
    client = await start({ tools, home, url: app.mcpUrl, registration });
    expect(await client.callTool("greet")).toBe(
      "Hello Ada! Your user ID is user_01K0ADA0000000000000000000",
    );
    expect(JSON.parse(await client.callTool("called"))).toEqual({
      userId: "user_01K0ADA0000000000000000000",
      organizationId: "org_01K0ACME000000000000000000",
      clientId: clientIds[registration],
      protocolVersion: expected.protocolVersion,
    });

    expect(count("POST", "/oauth2/register")).toBe(registration === "DCR" ? 1 : 0);
    // It signed in once, and remembered it.
    expect(count("GET", "/oauth2/authorize")).toBe(1);
    expect(count("POST", "/oauth2/token")).toBe(1);
  });

  it(`${expected.refreshes ? "refreshes" : "asks the person again for"} an access token that has run out`, async () => {
    client = await start({ tools, home, url: app.mcpUrl, registration: "DCR" });
    await client.callTool("greet");
    await app.letTimePass(15);
    ahead += 15;
    expect(await client.callTool("greet")).toBe(
      "Hello Ada! Your user ID is user_01K0ADA0000000000000000000",
    );
    expect(count("GET", "/oauth2/authorize")).toBe(expected.refreshes ? 1 : 2);
    expect(count("POST", "/oauth2/token")).toBe(2);
  });
});
