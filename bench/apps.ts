import { spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";
import { endWithBench } from "./processes.ts";
import { CLIENT_ID, RESOURCE } from "./tokens.ts";

const root = join(import.meta.dirname, "..");

/** An app that xmcp built: without middleware, with one that does nothing, with ours in some form, or with the plugin that xmcp ships. */
export interface App {
  readonly name: string;
  readonly folder: string;
  readonly port: number;
  /** Everything in `dist`, in bytes. */
  readonly bytes: number;
}

const TOOL = `export const metadata = { name: "ping", description: "Answers pong" };
export const schema = {};
export default function ping() {
  return "pong";
}
`;

// The resource's URL is public and the bench's issuer is on this machine, which a server takes only by name.
const MIDDLEWARE = `import { workosProvider } from "@xmcp-dev/workos";
export default workosProvider({
  apiKey: process.env.WORKOS_API_KEY || "",
  clientId: process.env.WORKOS_CLIENT_ID || "",
  baseURL: process.env.BASE_URL || "",
  authkitDomain: process.env.WORKOS_AUTHKIT_DOMAIN || "",
  insecureDevelopmentHosts: ["127.0.0.1"],
});
`;

const NO_OP =
  "export default (_request: unknown, _response: unknown, next: () => void) => next();\n";

/** Every observer, as an operator would have them: JSON lines, spans and metrics into an exporter that drops them, audit logs. */
const OBSERVED = `import { workosProvider } from "@xmcp-dev/workos";
import { auditLogs } from "@xmcp-dev/workos/audit-logs";
import { openTelemetry } from "@xmcp-dev/workos/opentelemetry";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
const drop = {
  export: (_: unknown, done: (result: { code: number }) => void) => done({ code: 0 }),
  shutdown: async () => undefined,
  forceFlush: async () => undefined,
};
const tracerProvider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor(drop)] });
const meterProvider = new MeterProvider({
  readers: [new PeriodicExportingMetricReader({ exporter: drop })],
});
const outbox = process.env.OUTBOX;
export default workosProvider({
  insecureDevelopmentHosts: ["127.0.0.1"],
  log: { format: "json" },
  observers: [
    openTelemetry({ tracerProvider, meterProvider }),
    auditLogs(outbox ? { outbox } : {}),
  ],
});
`;

/** 200 tools of which everybody may use every second one; which lists are shown is said when it starts. */
const WITH_LISTS = `import { workosProvider } from "@xmcp-dev/workos";
const tools = Object.fromEntries(
  Array.from({ length: 100 }, (_, index) => ["tool_" + index * 2, "authenticated" as const]),
);
export default workosProvider({
  insecureDevelopmentHosts: ["127.0.0.1"],
  access: { tools, lists: process.env.LISTS === "all" ? "all" : "allowed" },
});
`;

/**
 * Ours, plain jose with its remote key set, and nothing, in turns of 128 requests of one process; a GET is answered with
 * the CPU time that a request of each turn took, in microseconds. The turns go there and back, so that a drift of the
 * machine is the same for all.
 */
const TOGGLED = `import type { IncomingMessage, ServerResponse } from "node:http";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { workosProvider } from "@xmcp-dev/workos";
const guard = workosProvider({
  insecureDevelopmentHosts: ["127.0.0.1"],
  // Two turns of three go past the guard on purpose.
  exitWhenUnguarded: false,
});
const issuer = process.env.WORKOS_AUTHKIT_DOMAIN || "";
const keys = createRemoteJWKSet(new URL(issuer + "/oauth2/jwks"));
const options = { issuer, audience: process.env.BASE_URL + "/mcp", algorithms: ["RS256"] };
async function plain(request: IncomingMessage, response: ServerResponse, next: () => void) {
  try {
    await jwtVerify((request.headers.authorization || "").slice(7), keys, options);
  } catch {
    response.statusCode = 401;
    return void response.end();
  }
  next();
}
const BLOCK = 128;
const TURNS = ["open", "guarded", "jose", "jose", "guarded", "open"] as const;
const costs = { guarded: [] as number[], jose: [] as number[], open: [] as number[] };
let seen = 0;
let block = 0;
let before = process.cpuUsage();
function turn() {
  const { user, system } = process.cpuUsage(before);
  costs[TURNS[block % 6]].push((user + system) / BLOCK);
  block += 1;
  before = process.cpuUsage();
}
export default (request: IncomingMessage, response: ServerResponse, next: () => void) => {
  if (request.method === "GET") return void response.end(JSON.stringify(costs));
  seen += 1;
  if (seen % BLOCK === 0) turn();
  const now = TURNS[block % 6];
  if (now === "open") return next();
  return now === "jose" ? plain(request, response, next) : guard(request, response, next);
};
`;

const MIDDLEWARES: Readonly<Record<string, string>> = {
  "no-op": NO_OP,
  lists: WITH_LISTS,
  observed: OBSERVED,
  toggled: TOGGLED,
};

/** Every app of ours that is measured. */
export const OURS: readonly string[] = ["ours", ...Object.keys(MIDDLEWARES)];

/** Builds an app with `xmcp build`, inside the repository so that its packages are found. */
export async function buildApp(name: string, pluginFolder?: string): Promise<App> {
  const folder = join(import.meta.dirname, ".apps", name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "src/tools"), { recursive: true });
  const port = await freePort();
  const config = {
    http: { host: "127.0.0.1", port },
    paths: { tools: "./src/tools", prompts: false, resources: false },
  };
  writeFileSync(join(folder, "xmcp.config.ts"), `export default ${JSON.stringify(config)};\n`);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, type: "module" }));
  cpSync(join(root, "examples/quickstart/tsconfig.json"), join(folder, "tsconfig.json"));
  for (const tool of name === "lists"
    ? Array.from({ length: 200 }, (_, at) => `tool_${at}`)
    : ["ping"]) {
    writeFileSync(join(folder, `src/tools/${tool}.ts`), TOOL.replace("ping", tool));
  }
  if (name !== "none") {
    writeFileSync(join(folder, "src/middleware.ts"), MIDDLEWARES[name] ?? MIDDLEWARE);
  }
  if (pluginFolder !== undefined) {
    cpSync(pluginFolder, join(folder, "node_modules/@xmcp-dev/workos"), {
      recursive: true,
      dereference: true,
      // The app has an xmcp already, and two would be measured.
      filter: (path) => !/node_modules\/(xmcp|typescript|\.bin)$/.test(path),
    });
  }
  const { stdout, stderr } = spawnSync(join(root, "node_modules/.bin/xmcp"), ["build"], {
    cwd: folder,
    encoding: "utf8",
    timeout: 120_000,
  });
  const dist = join(folder, "dist");
  if (!existsSync(join(dist, "http.js"))) throw new Error(`xmcp build failed: ${stdout}${stderr}`);
  const bytes = readdirSync(dist, { recursive: true, encoding: "utf8" })
    .map((file) => statSync(join(dist, file)))
    .filter((file) => file.isFile())
    .reduce((sum, { size }) => sum + size, 0);
  return { name, folder, port, bytes };
}

/** Runs a built app until `stop`; on core 1 when `taskset` is there. */
export async function runApp(
  app: App,
  { issuer, pinned, env = {} }: { issuer: string; pinned: boolean; env?: Record<string, string> },
): Promise<{ readonly pid: number; readonly stop: () => Promise<void> }> {
  const isPlugin = app.name === "xmcp-plugin";
  const hooks = join(import.meta.dirname, "targets/plain-https.ts");
  const node = [process.execPath, ...(isPlugin ? ["--import", hooks] : []), "dist/http.js"];
  const [command = "", ...rest] = [...(pinned ? ["taskset", "-c", "1"] : []), ...node];
  const child = spawn(command, rest, {
    cwd: app.folder,
    env: {
      PATH: process.env["PATH"] ?? "",
      WORKOS_API_KEY: "sk_test_bench",
      WORKOS_CLIENT_ID: CLIENT_ID,
      WORKOS_AUTHKIT_DOMAIN: isPlugin ? new URL(issuer).host : issuer,
      BASE_URL: new URL(RESOURCE).origin,
      ...env,
    },
    stdio: ["ignore", "pipe", "ignore"],
  });
  endWithBench(child);
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => {
      resolve();
    });
  });
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (stripVTControlCharacters(line).includes("MCP Server running on")) resolve();
    });
    void ended.then(() => {
      reject(new Error(`the app ${app.name} ended at once`));
    });
  });
  return {
    pid: child.pid ?? 0,
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** xmcp puts the port into the build, so one has to be chosen before. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => {
        resolve(port);
      });
    });
  });
}
