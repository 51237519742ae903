import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { startEmulator } from "@xmcp-dev/authkit-emulator";
import { expect, it, onTestFinished } from "vitest";
import { CLIENT_METADATA_URL, serveClientMetadata } from "../support/authkit.ts";
import { sdkClients } from "../support/mcp-clients.ts";
import { HeadlessOAuthClient } from "../support/oauth-client.ts";
import { freePort } from "../support/ports.ts";

const ADA = "user_01K0ADA0000000000000000000";
const GLOBEX = "org_01K0G10BEX0000000000000000";
const folder = join(import.meta.dirname, "../../examples/cloudflare");

/** Starts the example as `npm start` does; returns the line that it prints. */
async function start(env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(process.execPath, ["start.mjs"], {
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  onTestFinished(async () => {
    child.kill("SIGTERM");
    await ended;
  });
  return new Promise((resolve) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.includes("listens on")) resolve(line);
    });
  });
}

it("the example for Cloudflare starts with one command, and every official client signs in", async () => {
  const port = await freePort();
  const authkit = await startEmulator({
    resource: `http://127.0.0.1:${port}/mcp`,
    fetch: serveClientMetadata,
  });
  onTestFinished(() => authkit.close());
  const line = await start({ ...authkit.env, PORT: `${port}` });
  console.log(line);
  expect(line).toMatch(/^The Worker \(\d+ KiB\) listens on http:\/\/127\.0\.0\.1:\d+\/mcp$/u);
  for (const connect of Object.values(sdkClients)) {
    const oauth = new HeadlessOAuthClient({ user: ADA, organization: GLOBEX }, CLIENT_METADATA_URL);
    const client = await connect(`http://127.0.0.1:${port}/mcp`, oauth);
    expect(await client.listTools()).toEqual(["greet"]);
    expect(await client.callTool("greet")).toBe(`Hello ${ADA}!`);
    await client.close();
  }
});
