import { spawn, type ChildProcess } from "node:child_process";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { startAuthkit } from "../../scripts/start/start-authkit.ts";
import { buildApp, startApp } from "../support/app.ts";
import { sdkClients } from "../support/mcp-clients.ts";
import { HeadlessOAuthClient } from "../support/oauth-client.ts";
import { freePort } from "../support/ports.ts";

const root = join(import.meta.dirname, "../..");
let started: ChildProcess | undefined;

afterEach(() => {
  try {
    process.kill(-(started?.pid ?? Number.NaN), "SIGKILL");
  } catch {
    // The group has ended by itself.
  }
});

interface Start {
  readonly output: () => string;
  readonly until: (text: string) => Promise<void>;
  readonly exit: Promise<number | null>;
  readonly child: ChildProcess;
}

/** Runs `npm start -- …`, as a person would. */
function npmStart(...options: string[]): Start {
  return npmRun("start", ...options);
}

function npmRun(script: string, ...options: string[]): Start {
  return npmRunWith({}, script, ...options);
}

function npmRunWith(env: Record<string, string>, script: string, ...options: string[]): Start {
  const child = spawn("npm", ["run", script, "--silent", "--", ...options], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, so that a signal reaches all of it, as Ctrl-C on a terminal does.
    detached: true,
  });
  started = child;
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
    });
  }
  return {
    child,
    output: () => output,
    until: (text) => expect.poll(() => output, { timeout: 60_000, interval: 100 }).toContain(text),
    exit: new Promise((resolve) => {
      child.once("exit", resolve);
    }),
  };
}

describe("npm start", () => {
  it("prints what to do next, lets a real client sign in, and ends on Ctrl-C", async () => {
    const [port, authkitPort] = [await freePort(), await freePort()];
    const start = npmStart("--port", String(port), "--authkit-port", String(authkitPort));
    await start.until("Ctrl-C ends both servers");

    const mcpUrl = `http://127.0.0.1:${port}/mcp`;
    expect(start.output()).toContain("Building the quickstart with xmcp ...");
    expect(start.output()).toContain(`MCP server      ${mcpUrl}`);
    expect(start.output()).toContain(
      "Ada Lovelace   ada@acme.test          admin of Acme, member of Globex",
    );
    expect(start.output()).toContain(`claude mcp add --transport http quickstart ${mcpUrl}`);
    expect(start.output()).toContain(
      `code --add-mcp '{"name":"quickstart","type":"http","url":"${mcpUrl}"}'`,
    );
    expect(start.output()).toContain(`{ "mcpServers": { "quickstart": { "url": "${mcpUrl}" } } }`);
    expect(start.output()).toContain(
      `npx @modelcontextprotocol/inspector --transport http --server-url ${mcpUrl}`,
    );
    // oxlint-disable-next-line no-control-regex -- what is looked for is the escape character
    expect(start.output()).not.toMatch(/\u001B/);

    const oauth = new HeadlessOAuthClient({ user: "user_01K0GRACE00000000000000000" });
    const client = await sdkClients["client 2.x, 2026-07-28"](mcpUrl, oauth);
    expect(await client.callTool("greet")).toBe(
      "Hello Grace! Your user ID is user_01K0GRACE00000000000000000",
    );
    await client.close();

    process.kill(-(start.child.pid ?? Number.NaN), "SIGINT");
    // npm itself ends by the signal; what it ran must have ended properly, and freed both ports.
    expect([0, null]).toContain(await start.exit);
    await start.until("Ending the MCP server and the local AuthKit ...");
    for (const url of [mcpUrl, `http://127.0.0.1:${authkitPort}`]) {
      await expect
        .poll(() => fetch(url).catch((error: unknown) => (error as Error).message))
        .toBe("fetch failed");
    }
  });

  it("says which port is in use and what to do about it", async () => {
    const port = await freePort();
    const other = createServer().listen(port, "127.0.0.1");
    const start = npmStart("--port", String(port), "--authkit-port", String(await freePort()));
    expect(await start.exit).toBe(1);
    expect(start.output()).toContain(
      `Port ${port}, where the MCP server belongs, is in use. End what uses it, or choose another: npm start -- --port ${port + 10}`,
    );
    other.close();
  });

  it("says that one port is wanted twice, and blames no other program", async () => {
    const port = await freePort();
    const start = npmStart("--port", String(port), "--authkit-port", String(port));
    expect(await start.exit).toBe(1);
    expect(start.output()).toContain(
      `Port ${port} is wanted twice: --port is the MCP server's, --authkit-port the local AuthKit's. ` +
        `Choose two: npm start -- --port ${port} --authkit-port ${port + 10}\n`,
    );
    expect(start.output()).not.toMatch(/another program|Building/);
  });

  it("says that a local AuthKit is not for production, before it builds anything", async () => {
    const ports = ["--port", String(await freePort()), "--authkit-port", String(await freePort())];
    const start = npmRunWith({ NODE_ENV: "production" }, "start", ...ports);
    expect(await start.exit).toBe(1);
    expect(start.output()).toContain(
      "The AuthKit emulator signs anyone in as any user without a password, so it does not run with NODE_ENV=production. " +
        "Unset NODE_ENV, and start again.\n",
    );
    expect(start.output()).not.toMatch(/Building| at .*\.ts:/);
  });

  it("says which port was taken while it started", async () => {
    const port = await freePort();
    const other = createServer().listen(port, "127.0.0.1");
    expect(await startAuthkit({ port })).toEqual({
      ok: false,
      problem: `Port ${port}, where the local AuthKit belongs, was taken by another program meanwhile. Start again.`,
    });
    other.close();
  });

  it("says which options there are when asked", async () => {
    const start = npmStart("--help");
    expect(await start.exit).toBe(0);
    expect(start.output()).toContain(
      "Usage: npm start -- [--port 3002] [--authkit-port 4100] [--no-cimd]",
    );
  });

  it("refuses an option that it does not know, and says which there are", async () => {
    const start = npmStart("--prot", "3002");
    expect(await start.exit).toBe(1);
    expect(start.output()).toContain("Unknown option '--prot'");
    expect(start.output()).toContain(
      "Usage: npm start -- [--port 3002] [--authkit-port 4100] [--no-cimd]",
    );
  });

  it("refuses a port that is none", async () => {
    const start = npmStart("--port", "http");
    expect(await start.exit).toBe(1);
    expect(start.output()).toContain("--port must be a port number from 1 to 65535, not http");
  });
});

describe("a server that listens elsewhere than baseURL says", () => {
  it("is noticed before its first request, with the cure", async () => {
    const built = await buildApp("elsewhere");
    const other = createServer().listen(built.port, "127.0.0.1");
    const app = await startApp(built, {
      WORKOS_API_KEY: "sk_test_elsewhere",
      WORKOS_CLIENT_ID: "client_01KELSEWHERE",
      WORKOS_AUTHKIT_DOMAIN: "http://127.0.0.1:9",
      BASE_URL: built.baseUrl,
    });
    // The next one that is free: whatever else runs on this machine may have the one after.
    const port = Number(new URL(app.mcpUrl).port);
    expect(port).toBeGreaterThan(built.port);
    await expect
      .poll(() => app.lines.filter((line) => line.includes("listening_elsewhere")), {
        timeout: 30_000,
      })
      .toEqual([
        `[workos] listening_elsewhere: this server listens on port ${port}, but baseURL says ` +
          `http://127.0.0.1:${built.port}: clients are sent there. Free port ${built.port} (xmcp moves to the next ` +
          "port when one is taken) or set http.port and BASE_URL alike; " +
          "see https://xmcp.dev/docs/integrations/workos/refusals#listening_elsewhere",
      ]);
    await app.stop();
    other.close();
  });
});

describe("npm run start:acme", () => {
  it("starts the support desk with its own people", async () => {
    const [port, authkitPort] = [await freePort(), await freePort()];
    const options = ["--port", String(port), "--authkit-port", String(authkitPort)];
    const start = npmRun("start:acme", ...options);
    await start.until("Ctrl-C ends both servers");

    const mcpUrl = `http://127.0.0.1:${port}/mcp`;
    expect(start.output()).toContain("Building the support desk with xmcp ...");
    expect(start.output()).toContain("Grace Hopper    grace@acme.test        lead of Acme");
    expect(start.output()).toContain("Edsger Dijkstra edsger@nowhere.test    no organization");
    expect(start.output()).toContain(`claude mcp add --transport http acme ${mcpUrl}`);
    expect(start.output()).toContain("to call the tool whoami.");

    const oauth = new HeadlessOAuthClient({ user: "user_01K0GRACEDESK00000000000" });
    const client = await sdkClients["sdk 1.x"](mcpUrl, oauth);
    expect(JSON.parse(await client.callTool("whoami"))).toMatchObject({ role: "lead" });
    await client.close();

    process.kill(-(start.child.pid ?? Number.NaN), "SIGINT");
    await start.until("Ending the MCP server and the local AuthKit ...");
    expect([0, null]).toContain(await start.exit);
  });
});
