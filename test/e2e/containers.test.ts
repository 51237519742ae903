import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
// The browser and the client of the test know the name by its hosts file.
import "../support/container-names.mjs";
import { buildApp, startApp, type RunningApp } from "../support/app.ts";
import { sdkClients } from "../support/mcp-clients.ts";
import { HeadlessOAuthClient } from "../support/oauth-client.ts";

const root = join(import.meta.dirname, "../..");
const names = join(root, "test/support/container-names.mjs");

const compose = readFileSync(join(root, "docs/snippets/compose.yaml"), "utf8");

/** The emulator's command, a folded text of two lines. */
const COMMAND = (/command: >-\n((?: {6}\S.*\n)+)/.exec(compose)?.[1] ?? "").trim();

/** The server's environment variables. */
const ENVIRONMENT = [
  ...(/ {4}environment:\n((?: {6}.*\n)+)/.exec(compose)?.[1] ?? "").matchAll(/^ {6}(\w+): (.+)$/gm),
].map(([, name = "", value = ""]) => [name, value] as const);

const GRACE = "user_01K0GRACE00000000000000000";

let app: RunningApp;
let authkit: ReturnType<typeof spawn>;
let issuer: string;

/** Starts the service's own command, on an address of this machine that only it has. */
async function startAuthKit(resource: string): Promise<string> {
  const [npx, yes, name, ...given] = COMMAND.split(/\s+/);
  expect([npx, yes, name]).toEqual(["npx", "--yes", "@xmcp-dev/authkit-emulator"]);
  const parameters = given.map(
    (one) =>
      ({ "0.0.0.0": "127.0.0.2", "http://localhost:3002/mcp": resource, "4100": "0" })[one] ?? one,
  );
  // The port must be known before the issuer can name it, so the test asks for one first.
  const port = await freePortOn("127.0.0.2");
  const issuerName = `http://authkit.localhost:${port}`;
  const final = parameters.map((one) =>
    one === "0" ? String(port) : one === "http://authkit.localhost:4100" ? issuerName : one,
  );
  const emulator = spawn(
    process.execPath,
    [join(root, "packages/emulator/bin/authkit-emulator.mjs"), ...final],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  authkit = emulator;
  const lines = createInterface({ input: emulator.stdout });
  for await (const line of lines) if (line.includes("Stop with Ctrl-C")) break;
  return issuerName;
}

async function freePortOn(host: string): Promise<number> {
  const { createServer } = await import("node:net");
  const server = createServer().listen(0, host);
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

beforeAll(async () => {
  const built = await buildApp("containers", {
    files: { "src/middleware.ts": readFileSync(join(root, "docs/snippets/containers.ts"), "utf8") },
  });
  issuer = await startAuthKit(`${built.baseUrl}/mcp`);
  const environment = ENVIRONMENT.map(([name, value]) => [
    name,
    value
      .replace(/:4100$/, `:${new URL(issuer).port}`)
      .replace("http://localhost:3002", built.baseUrl)
      .replace("${WORKOS_API_KEY}", "sk_test_local_emulator_only_not_a_secret")
      .replace("${WORKOS_CLIENT_ID}", "client_01K0ENV1R0NMENT00000000000"),
  ]);
  app = await startApp(built, {
    ...(Object.fromEntries(environment) as Record<string, string>),
    NODE_OPTIONS: `--import ${names}`,
  });
});

afterAll(async () => {
  await app?.stop();
  authkit?.kill();
});

describe("the compose file of docs/deploying.md", () => {
  it("starts a server that people sign in to, by way of an AuthKit with a container's name", async () => {
    const oauth = new HeadlessOAuthClient({ user: GRACE });
    const client = await sdkClients["client 2.x, 2026-07-28"](app.mcpUrl, oauth);
    expect(oauth.visits[0]?.request.origin).toBe(issuer);
    expect(await client.callTool("greet")).toBe(`Hello Grace! Your user ID is ${GRACE}`);
    await client.close();
    expect(app.lines.filter((line) => line.includes("[workos]"))).toEqual([
      expect.stringContaining(`with tokens from ${issuer}`),
    ]);
  });

  it("does not start in production, and names the cure", async () => {
    // Into a file: what Node prints of a bundle's one long line is more than a pipe holds, and it does not wait for a reader.
    const output = join(app.folder, "output.txt");
    const file = openSync(output, "w");
    const child = spawn(process.execPath, ["dist/http.js"], {
      cwd: app.folder,
      stdio: ["ignore", file, file],
      env: {
        PATH: process.env["PATH"] ?? "",
        WORKOS_API_KEY: "sk_test_local_emulator_only_not_a_secret",
        WORKOS_CLIENT_ID: "client_01K0ENV1R0NMENT00000000000",
        WORKOS_AUTHKIT_DOMAIN: issuer,
        WORKOS_API_URL: issuer,
        BASE_URL: app.baseUrl,
        DEVELOPMENT_HOSTS: "authkit",
        NODE_ENV: "production",
      },
    });
    const [code] = (await once(child, "exit")) as [number];
    closeSync(file);
    expect(code).toBe(1);
    expect(readFileSync(output, "utf8")).toContain(
      "insecureDevelopmentHosts must not be set with NODE_ENV=production: give those hosts https, and leave it out",
    );
  });
});
