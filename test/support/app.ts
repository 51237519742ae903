import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";
import { freePort } from "./ports.ts";

const root = join(import.meta.dirname, "../..");

/** A real xmcp app, built by xmcp. */
export interface BuiltApp {
  readonly folder: string;
  readonly port: number;
  readonly baseUrl: string;
}

export interface RunningApp extends BuiltApp {
  /** Everything it printed so far, line by line, without colours. */
  readonly lines: readonly string[];
  /** Where it says it listens. */
  readonly mcpUrl: string;
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>;
  /** Its exit code, once it has ended; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Lets time pass for the app alone, fifteen minutes a step; needs `hasMovedClock`. */
  readonly letTimePass: (minutes: 15 | 30 | 45 | 60 | 75) => Promise<void>;
}

export interface AppFiles {
  /** Files to lay over the example, by path inside the app. */
  readonly [path: string]: string;
}

/**
 * Copies an example, the quickstart unless told otherwise, lays files over it and builds it with `xmcp build`, for a
 * port of its own: xmcp puts the port into the build.
 */
export async function buildApp(
  name: string,
  {
    example = "quickstart",
    files = {},
    endpoint,
    platform,
    output = `dist/${platform ?? "http"}.js`,
  }: {
    example?: string;
    files?: AppFiles;
    endpoint?: string;
    platform?: "vercel" | "cf";
    output?: string;
  } = {},
): Promise<BuiltApp> {
  const folder = join(root, "test/.apps", name);
  const port = await freePort();
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const entry of ["src", "tsconfig.json", "package.json"]) {
    cpSync(join(root, "examples", example, entry), join(folder, entry), { recursive: true });
  }
  const http = { host: "127.0.0.1", port, ...(endpoint === undefined ? {} : { endpoint }) };
  const pathOf = (kind: string): string | false =>
    (existsSync(join(folder, "src", kind)) ||
      Object.keys(files).some((path) => path.startsWith(`src/${kind}/`))) &&
    `./src/${kind}`;
  const paths = {
    tools: "./src/tools",
    prompts: pathOf("prompts"),
    resources: pathOf("resources"),
  };
  const config = `export default ${JSON.stringify({ http, paths })};\n`;
  for (const [path, text] of Object.entries({ "xmcp.config.ts": config, ...files })) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const parameters = ["build", ...(platform === undefined ? [] : [`--${platform}`])];
  const { stdout, stderr } = spawnSync(join(root, "node_modules/.bin/xmcp"), parameters, {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, PATH: `${join(root, "node_modules/.bin")}:${process.env["PATH"]}` },
  });
  // xmcp exits 0 on some failures: the output is what tells.
  if (!existsSync(join(folder, output))) throw new Error(`xmcp build failed:\n${stdout}${stderr}`);
  return { folder, port, baseUrl: `http://127.0.0.1:${port}` };
}

/** Starts a built app and waits until it says where it listens. */
export async function startApp(
  app: BuiltApp,
  env: Readonly<Record<string, string>>,
  {
    hasMovedClock = false,
    entry = "dist/http.js",
  }: { hasMovedClock?: boolean; entry?: string } = {},
): Promise<RunningApp> {
  const clock = hasMovedClock ? ["--import", join(root, "test/support/moved-clock.mjs")] : [];
  const child = spawn(process.execPath, [...clock, entry], {
    cwd: app.folder,
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const lines: string[] = [];
  const mcpUrl = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        const text = stripVTControlCharacters(line);
        lines.push(text);
        const url = /MCP Server running on (\S+)/.exec(text)?.[1];
        if (url !== undefined) resolve(url);
      });
    }
    // "close", not "exit": by then all that it printed has been read.
    child.once("close", (code) => {
      reject(new Error(`the app ended with ${code}:\n${lines.join("\n")}`));
    });
  });
  const letTimePass = async (minutes: number): Promise<void> => {
    const target = lines.filter((line) => line.startsWith("clock moved")).length + minutes / 15;
    while (lines.filter((line) => line.startsWith("clock moved")).length < target) {
      const before = lines.length;
      child.kill("SIGUSR2");
      while (lines.length === before) await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  return { ...app, lines, mcpUrl, stop: (signal) => stop(child, signal), ended, letTimePass };
}

function stop(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve();
      return;
    }
    child.once("exit", () => {
      resolve();
    });
    child.kill(signal);
  });
}
