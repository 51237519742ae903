import { existsSync } from "node:fs";
import { join } from "node:path";
import { buildApp, startApp, type BuiltApp } from "../support/app.ts";
import { xmcpFiles } from "./programs/xmcp.ts";
import { startProgram, type RunningHost } from "./running-host.ts";

/** A place where the guard runs. */
export interface HostUnderTest {
  readonly name: string;
  /** Starts its program with environment variables. */
  readonly start: (env: Readonly<Record<string, string>>) => Promise<RunningHost>;
  /** Cases that this host cannot have, by id, each with its reason. */
  readonly lacks: Readonly<Record<string, string>>;
}

const modules = join(import.meta.dirname, "../../node_modules");
/** Finds a runtime that npm brought: a package's install script may move it, and need not run. */
const findRuntime = (...places: readonly [string, ...string[]]): string =>
  places.map((place) => join(modules, place)).find((path) => existsSync(path)) ?? places[0];

const NODE = [process.execPath] as const;
export const BUN = [findRuntime("@oven/bun-linux-x64/bin/bun", "bun/bin/bun.exe"), "run"] as const;
export const DENO = [
  findRuntime("@deno/linux-x64-glibc/deno", "deno/deno"),
  "run",
  "--node-modules-dir=manual",
  "--allow-env",
  "--allow-read",
  "--allow-sys",
  "--allow-net=127.0.0.1",
] as const;

/** xmcp puts the port into the build, so one build serves one server at a time. */
let building: Promise<BuiltApp> | undefined;

async function startXmcp(env: Readonly<Record<string, string>>): Promise<RunningHost> {
  const app = await (building ??= buildApp("matrix-xmcp", { files: xmcpFiles }));
  const { lines, mcpUrl, ended, stop } = await startApp(app, env);
  const { origin, port } = new URL(mcpUrl);
  return { origin, port: Number(port), lines, ended, stop };
}

/** What no host can have that is given a Request alone. */
const NO_PEER = {
  "trail.address":
    "a Request does not carry the address that it came from, but for what proxies write",
} as const;

/** Every host that the matrix runs through. */
export const HOSTS: readonly HostUnderTest[] = [
  {
    name: "xmcp",
    start: startXmcp,
    lacks: {
      "challenges.options": "xmcp answers OPTIONS itself, before its middleware",
      "bodies.text": "xmcp keeps no text of a body that it has parsed",
      "streams.close": "xmcp ends its process at a signal, unless audit events must be delivered",
    },
  },
  {
    name: "express",
    start: (env) => startProgram(NODE, "express.ts", env),
    lacks: {},
  },
  {
    name: "node:http",
    start: (env) => startProgram(NODE, "node-http.ts", env),
    lacks: {},
  },
  {
    name: "fastify",
    start: (env) => startProgram(NODE, "fastify.ts", env),
    lacks: {},
  },
  {
    name: "nest",
    start: (env) => startProgram(NODE, "nest.ts", env),
    lacks: {},
  },
  {
    name: "fetch on Node",
    start: (env) => startProgram(NODE, "fetch-node.ts", env),
    lacks: NO_PEER,
  },
  {
    name: "fetch on Bun",
    start: (env) => startProgram(BUN, "fetch-bun.ts", env),
    lacks: NO_PEER,
  },
  {
    name: "fetch on Deno",
    start: (env) => startProgram(DENO, "fetch-deno.ts", env),
    lacks: NO_PEER,
  },
  {
    name: "workers",
    start: (env) => startProgram(NODE, "workers.ts", env),
    lacks: {
      ...NO_PEER,
      "attacks.paths": "workerd answers a target that is no path with 500, before the Worker",
      "streams.close": "a Worker is not closed: its isolate ends, and connections with it",
      "streams.left": "workerd on this machine notices that a client has left at the next byte",
      "streams.left-early":
        "workerd on this machine notices that a client has left at the next byte",
    },
  },
  {
    name: "hono",
    start: (env) => startProgram(NODE, "hono.ts", env),
    lacks: NO_PEER,
  },
];
