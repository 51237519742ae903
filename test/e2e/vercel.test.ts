import { join } from "node:path";
import { startEmulator, type Emulator } from "@xmcp-dev/authkit-emulator";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildApp, startApp, type RunningApp } from "../support/app.ts";
import { sdkClients } from "../support/mcp-clients.ts";
import { HeadlessOAuthClient } from "../support/oauth-client.ts";

const ADA = "user_01K0ADA0000000000000000000";
const GLOBEX = "org_01K0G10BEX0000000000000000";

let app: RunningApp;
let authkit: Emulator;

beforeAll(async () => {
  const built = await buildApp("vercel", { platform: "vercel" });
  authkit = await startEmulator({
    resource: `${built.baseUrl}/mcp`,
  });
  const entry = join(import.meta.dirname, "../support/serve-function.mjs");
  app = await startApp(built, authkit.env, { entry });
});

afterAll(async () => {
  await app?.stop();
  await authkit?.close();
});

it("a function built by `xmcp build --vercel` is guarded: RS-03 RS-20 by every method and spelling of the path", async () => {
  for (const path of ["/mcp", "/MCP", "/mcp/", "/mcp/x", "/anything"]) {
    for (const method of ["GET", "POST", "DELETE", "PUT"]) {
      const answer = await fetch(`${app.baseUrl}${path}`, { method });
      expect([method, path, answer.status]).toEqual([method, path, 401]);
      expect(answer.headers.get("www-authenticate")).toBe(
        `Bearer resource_metadata="${app.baseUrl}/.well-known/oauth-protected-resource/mcp"`,
      );
    }
  }
  const metadata = await fetch(`${app.baseUrl}/.well-known/oauth-protected-resource/mcp`);
  expect(await metadata.json()).toMatchObject({
    resource: `${app.baseUrl}/mcp`,
    authorization_servers: [authkit.issuer],
  });
});

it.each(Object.entries(sdkClients))(
  "%s signs in to it and calls a tool",
  async (_name, connect) => {
    const oauth = new HeadlessOAuthClient({ user: ADA, organization: GLOBEX });
    const client = await connect(app.mcpUrl, oauth);
    expect(await client.callTool("greet")).toBe(`Hello Ada! Your user ID is ${ADA}`);
    await client.close();
  },
);
