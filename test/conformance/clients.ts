import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { CLIENT_METADATA_URL } from "../support/authkit.ts";
import { freePort } from "../support/ports.ts";

/** How a client comes by its client ID. */
export type Registration = "DCR" | "CIMD" | "preregistered";

/** A client with a home folder of its own. */
export interface RealClient {
  /** The text of the tool's answer. */
  readonly callTool: (name: string) => Promise<string>;
  readonly close: () => Promise<void>;
}

interface Start {
  /** The `node_modules` that the clients are installed in. */
  readonly tools: string;
  /** An empty folder. */
  readonly home: string;
  readonly url: string;
  readonly registration: Registration;
}

/** The client ID of the application that the dashboard holds for the preregistered case. */
export const PREREGISTERED = "client_01K0C0NF0RMANCE00000000000";

/** The clients, with the ways of registration that each has. */
export const realClients: Record<
  string,
  {
    readonly registrations: readonly Registration[];
    readonly protocolVersion: string;
    /** Whether it asks for `offline_access`, without which AuthKit gives no refresh token. */
    readonly refreshes: boolean;
    readonly start: (start: Start) => Promise<RealClient>;
  }
> = {
  "mcp-remote": {
    registrations: ["DCR", "CIMD", "preregistered"],
    protocolVersion: "2025-11-25",
    refreshes: true,
    start: (start) => startMcpRemote(start, []),
  },
  "mcp-remote --protocol auto": {
    registrations: ["DCR"],
    protocolVersion: "2026-07-28",
    refreshes: true,
    start: (start) => startMcpRemote(start, ["--protocol", "auto"]),
  },
  mcporter: {
    registrations: ["DCR", "preregistered"],
    protocolVersion: "2025-11-25",
    refreshes: false,
    start: startMcporter,
  },
  "Inspector CLI": {
    registrations: ["DCR", "CIMD", "preregistered"],
    protocolVersion: "2025-11-25",
    refreshes: false,
    start: (start) => startInspector(start, []),
  },
  "Inspector CLI --protocol-era modern": {
    registrations: ["DCR"],
    protocolVersion: "2026-07-28",
    refreshes: false,
    start: (start) => startInspector(start, ["--protocol-era", "modern"]),
  },
};

/** mcp-remote is an MCP server on stdio, and the official client its user. */
async function startMcpRemote(
  { tools, home, url, registration }: Start,
  options: readonly string[],
): Promise<RealClient> {
  const known = {
    DCR: [],
    CIMD: ["--client-metadata-url", CLIENT_METADATA_URL],
    preregistered: [
      "--static-oauth-client-info",
      JSON.stringify({ client_id: PREREGISTERED, token_endpoint_auth_method: "none" }),
    ],
  }[registration];
  const port = String(await freePort());
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [
      join(tools, "mcp-remote/dist/proxy.js"),
      url,
      port,
      "--host",
      "127.0.0.1",
      "--callback-path",
      "/callback",
      ...known,
      ...options,
    ],
    cwd: home,
    env: environment(home),
    stderr: "ignore",
  });
  const client = new Client({ name: "e2e", version: "1.0.0" });
  await client.connect(transport);
  return {
    callTool: async (name) => {
      const { content } = await client.callTool({ name, arguments: {} });
      return (content as { text: string }[]).map(({ text }) => text).join("");
    },
    close: () => client.close(),
  };
}

function startMcporter({ tools, home, url, registration }: Start): Promise<RealClient> {
  const config = join(home, "mcporter.json");
  writeFileSync(
    config,
    JSON.stringify({
      mcpServers: {
        quickstart: {
          baseUrl: url,
          auth: "oauth",
          ...(registration === "preregistered" && { oauthClientId: PREREGISTERED }),
        },
      },
    }),
  );
  return Promise.resolve({
    callTool: async (name) => {
      const { stdout } = await run(home, [
        join(tools, "mcporter/dist/cli.js"),
        "call",
        "--config",
        config,
        `quickstart.${name}`,
      ]);
      return stdout.trim();
    },
    close: () => Promise.resolve(),
  });
}

async function startInspector(
  { tools, home, url, registration }: Start,
  options: readonly string[],
): Promise<RealClient> {
  const known = {
    DCR: [],
    CIMD: ["--client-metadata-url", CLIENT_METADATA_URL],
    preregistered: ["--client-id", PREREGISTERED],
  }[registration];
  const callback = `http://127.0.0.1:${await freePort()}/callback`;
  return {
    callTool: async (name) => {
      const { stdout } = await run(home, [
        join(tools, "@modelcontextprotocol/inspector/clients/launcher/build/index.js"),
        "--cli",
        "--transport",
        "http",
        "--server-url",
        url,
        "--callback-url",
        callback,
        "--format",
        "json",
        "--method",
        "tools/call",
        "--tool-name",
        name,
        ...known,
        ...options,
      ]);
      const { result } = JSON.parse(stdout) as { result: { content: { text: string }[] } };
      return result.content.map(({ text }) => text).join("");
    },
    close: () => Promise.resolve(),
  };
}

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a client to its end; rejects with what it said when it fails. */
function run(home: string, parameters: readonly string[]): Promise<Ended> {
  const { promise, resolve, reject } = Promise.withResolvers<Ended>();
  const child = spawn(process.execPath, parameters, {
    cwd: home,
    env: environment(home),
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  child.once("error", reject);
  child.once("close", (code) => {
    if (code === 0) resolve(output);
    else reject(new Error(`ended with ${code}:\n${output.stdout}${output.stderr}`));
  });
  return promise;
}

/** Nothing of this machine but Node, and a browser that is ours. */
function environment(home: string): Record<string, string> {
  const browser = join(import.meta.dirname, "bin");
  const node = join(process.execPath, "..");
  return {
    HOME: home,
    PATH: [browser, node, "/usr/bin", "/bin"].join(delimiter),
    BROWSER: join(browser, "xdg-open"),
    DO_NOT_TRACK: "1",
    // The Inspector opens no browser when no terminal is there, and has no keychain to ask here.
    MCP_AUTO_OPEN_ENABLED: "true",
    MCP_INSPECTOR_SECRET_STORE: "file",
  };
}
