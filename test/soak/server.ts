import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { AppFiles, BuiltApp } from "../support/app.ts";

/** What the server holds after full collections. Megabytes. */
export interface Reading {
  readonly heap: number;
  readonly rss: number;
  /** Timers that wait, those that would not keep the process alive included. */
  readonly timers: number;
  /** Listeners of the process. */
  readonly listeners: number;
  /** Servers and connections. */
  readonly sockets: number;
  /** What Node warned of, such as too many listeners. */
  readonly warnings: readonly string[];
}

/** The server under soak. */
export interface SoakedServer {
  readonly read: () => Promise<Reading>;
  /** How many lines it logged of each kind of event. */
  readonly lines: Readonly<Record<string, number>>;
  /** Ends it as an orchestrator would. */
  readonly stop: () => Promise<void>;
}

/** A server with everything switched on: rules that need the API, revocation, every observer. */
export const soakedApp: AppFiles = {
  "src/middleware.ts": `
import { workosProvider } from "@xmcp-dev/workos";
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
  readers: [new PeriodicExportingMetricReader({ exporter: drop, exportIntervalMillis: 5_000 })],
});
export default workosProvider({
  access: {
    tools: {
      greet: "authenticated",
      touch: { permissions: ["soak:use"] },
      audited: { role: "member" },
      locked: { permissions: ["soak:never"] },
    },
  },
  revocation: { pollSeconds: 1 },
  log: { format: "json" },
  observers: [
    openTelemetry({ tracerProvider, meterProvider }),
    auditLogs({ maxPerSecond: 500, select: ({ target }) => target?.name === "audited" }),
  ],
});
`,
  ...Object.fromEntries(
    ["touch", "audited", "locked"].map((name) => [
      `src/tools/${name}.ts`,
      `
export const metadata = { name: "${name}", description: "For the soak" };
export default function ${name}() {
  return "${name} done";
}
`,
    ]),
  ),
};

const KIND = /^\{.*?"kind":"(?<kind>[a-z_]+)"/;

/** Starts a built app with the probe in it. */
export async function startSoaked(
  app: BuiltApp,
  env: Readonly<Record<string, string>>,
): Promise<SoakedServer> {
  const probe = join(import.meta.dirname, "probe.ts");
  const child = spawn(process.execPath, ["--expose-gc", "--import", probe, "dist/http.js"], {
    cwd: app.folder,
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => {
      resolve();
    });
  });
  const lines: Record<string, number> = {};
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream as Readable }).on("line", (line) => {
        const kind = KIND.exec(line)?.groups?.["kind"];
        if (kind !== undefined) lines[kind] = (lines[kind] ?? 0) + 1;
        if (line.includes("MCP Server running on")) resolve();
      });
    }
    void ended.then(() => {
      reject(new Error("the server ended at once"));
    });
  });
  return {
    read: () =>
      new Promise((resolve, reject) => {
        child.once("message", (reading) => {
          resolve(reading as Reading);
        });
        child.send("read", (error) => {
          if (error !== null) reject(error);
        });
      }),
    lines,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
