import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { startEmulator, type Emulator } from "@xmcp-dev/authkit-emulator";
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { CLIENT_METADATA_URL, serveClientMetadata } from "../support/authkit.ts";
import { sdkClients } from "../support/mcp-clients.ts";
import { HeadlessOAuthClient } from "../support/oauth-client.ts";
import { freePort } from "../support/ports.ts";
import { BUN, DENO } from "./hosts-under-test.ts";

const ADA = "user_01K0ADA0000000000000000000";
const GLOBEX = "org_01K0G10BEX0000000000000000";
const root = join(import.meta.dirname, "../..");
const BIN = join(root, "node_modules/.bin");
const PATH = `${dirname(process.execPath)}:${BIN}:${process.env["PATH"]}`;

interface Running {
  readonly origin: string;
  readonly authkit: Emulator;
  readonly lines: readonly string[];
  readonly ended: Promise<number | null>;
  readonly end: () => void;
}

/** Starts an example beside the emulator, by a command or as its `npm start` does, and waits until it is guarded. */
async function start(
  example: string,
  given?: (port: number) => readonly string[],
): Promise<Running> {
  const cwd = join(root, "examples", example);
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const authkit = await startEmulator({ resource: `${origin}/mcp`, fetch: serveClientMetadata });
  const { scripts } = JSON.parse(readFileSync(join(cwd, "package.json"), "utf8")) as {
    scripts: { start: string };
  };
  const [command = "", ...parameters] = given?.(port) ?? scripts.start.split(" ");
  const env = { PATH, HOME: process.env["HOME"] ?? "", ...authkit.env };
  const child = spawn(command, parameters, {
    cwd,
    env: { ...env, BASE_URL: origin, PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => lines.push(line));
  }
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
    await authkit.close();
  });
  const document = `${origin}/.well-known/oauth-protected-resource/mcp`;
  const isUp = (): Promise<boolean> =>
    fetch(document).then(
      ({ ok }) => ok,
      () => child.exitCode !== null,
    );
  await vi.waitUntil(isUp, { timeout: 30_000, interval: 100 });
  return { origin, authkit, lines, ended, end: () => void child.kill("SIGTERM") };
}

/** What each of the official clients sees, and a caller without a token. */
async function signInAll({ origin }: Running): Promise<object> {
  const seen: object[] = [];
  for (const connect of Object.values(sdkClients)) {
    const oauth = new HeadlessOAuthClient({ user: ADA, organization: GLOBEX }, CLIENT_METADATA_URL);
    const client = await connect(`${origin}/mcp`, oauth);
    const greeting = await client.callTool("greet");
    const { isError } = await client.askTool("refund", { order: "o_1" });
    seen.push({ greeting, tools: await client.listTools(), isDenied: isError });
    await client.close();
  }
  const headers = { "content-type": "application/json" };
  const body = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}';
  const { status } = await fetch(`${origin}/mcp`, { method: "POST", headers, body });
  return { clients: seen, withoutToken: status };
}

const GREETED = { greeting: `Hello ${ADA}!`, tools: ["greet"], isDenied: true };
const SEEN = { clients: [GREETED, GREETED, GREETED], withoutToken: 401 };

beforeAll(() => {
  const { status, stdout } = spawnSync("tsc", ["-p", "examples/nest"], {
    cwd: root,
    encoding: "utf8",
    env: { PATH },
  });
  if (status !== 0) throw new Error(stdout);
});

describe.each(["express", "fastify", "hono", "nest", "sdk"])("examples/%s", (example) => {
  it("signs in the official clients beside the emulator, and ends on SIGTERM", async () => {
    const running = await start(example);
    expect(await signInAll(running)).toEqual(SEEN);
    running.end();
    expect(await running.ended).toBe(0);
  });
});

describe("examples/sdk/fetch.ts", () => {
  it("signs in the official clients on Bun", async () => {
    const running = await start("sdk", () => [...BUN, "fetch.ts"]);
    expect(await signInAll(running)).toEqual(SEEN);
  });

  it("signs in the official clients on Deno", async () => {
    const [deno, , ...permissions] = DENO;
    const serve = (port: number): readonly string[] => [
      deno,
      "serve",
      ...permissions,
      "--host=127.0.0.1",
      `--port=${port}`,
      "fetch.ts",
    ];
    expect(await signInAll(await start("sdk", serve))).toEqual(SEEN);
  });
});
