import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const root = join(import.meta.dirname, "../..");
const next = join(root, "node_modules/next/dist/bin/next");
const quiet = { PATH: process.env["PATH"] ?? "", NEXT_TELEMETRY_DISABLED: "1" };

/** A built Next.js app that runs. */
export interface RunningNext {
  readonly origin: string;
  /** Everything it printed so far, line by line. */
  readonly lines: readonly string[];
  readonly stop: () => Promise<void>;
}

/**
 * Copies examples/nextjs, lays files over it, and builds it with no environment of WorkOS, as on a build machine; returns
 * its folder.
 */
export function buildNext(name: string, files: Readonly<Record<string, string>> = {}): string {
  const folder = join(root, "test/.apps", name);
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(root, "examples/nextjs"), folder, {
    recursive: true,
    filter: (path) => !/\/(?:\.next|node_modules)$/.test(path),
  });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const { stdout, stderr } = spawnSync(process.execPath, [next, "build"], {
    cwd: folder,
    encoding: "utf8",
    env: { ...quiet, NODE_ENV: "production" },
  });
  if (!existsSync(join(folder, ".next/BUILD_ID"))) {
    throw new Error(`next build failed:\n${stdout}${stderr}`);
  }
  return folder;
}

/** Starts a built app on a port of loopback. */
export async function startNext(
  folder: string,
  port: number,
  env: Readonly<Record<string, string>>,
): Promise<RunningNext> {
  const child = spawn(
    process.execPath,
    [next, "start", "--hostname", "127.0.0.1", "--port", String(port)],
    {
      cwd: folder,
      env: { ...quiet, NODE_ENV: "production", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const lines: string[] = [];
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        lines.push(line);
        if (line.includes("Ready in")) resolve();
      });
    }
    child.once("close", (code) => {
      reject(new Error(`next start ended with ${code}:\n${lines.join("\n")}`));
    });
  });
  return {
    origin: `http://127.0.0.1:${port}`,
    lines,
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) resolve();
        else child.once("exit", () => resolve());
        child.kill("SIGTERM");
      }),
  };
}
