import { defaultSeed, startEmulator, type Emulator } from "@xmcp-dev/authkit-emulator";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CLIENT_METADATA_URL, serveClientMetadata } from "../support/authkit.ts";
import { sdkClients } from "../support/mcp-clients.ts";
import { HeadlessOAuthClient } from "../support/oauth-client.ts";
import { freePort } from "../support/ports.ts";
import { startProgram, type RunningHost } from "./running-host.ts";
import { ADA, GLOBEX } from "./world.ts";

let authkit: Emulator;
let host: RunningHost;
beforeAll(async () => {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  authkit = await startEmulator({
    resource: `${origin}/mcp`,
    seed: defaultSeed,
    fetch: serveClientMetadata,
  });
  const command = [process.execPath, "--experimental-strip-types"] as const;
  const env = { ...authkit.env, BASE_URL: origin, PORT: String(port) };
  host = await startProgram(command, "../../../examples/hono/src/server.ts", env);
});
afterAll(async () => {
  await host?.stop();
  await authkit?.close();
});

it.each(Object.entries(sdkClients))(
  "the example with Hono signs in %s, which calls a tool and sees no other",
  async (_name, connect) => {
    const oauth = new HeadlessOAuthClient({ user: ADA, organization: GLOBEX }, CLIENT_METADATA_URL);
    const client = await connect(`${host.origin}/mcp`, oauth);
    expect(await client.listTools()).toEqual(["greet"]);
    expect(await client.callTool("greet")).toBe(`Hello ${ADA}!`);
    await client.close();
  },
);
