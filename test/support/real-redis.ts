import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./ports.ts";

/** A `redis-server` of the machine's own, with an append-only file, that a test can stop and start. */
export interface RealRedis {
  readonly url: string;
  /** Starts it again with what it has on its disk. */
  readonly start: () => Promise<void>;
  readonly stop: (signal?: "SIGTERM" | "SIGKILL") => Promise<void>;
  /** Keeps its connections and answers nothing, until it goes on. */
  readonly pause: () => void;
  readonly goOn: () => void;
  /** Stops it, and removes its files. */
  readonly close: () => Promise<void>;
}

/** Why the tests with a real Redis are skipped; undefined where the machine has one. */
export const noRedis: string | undefined =
  spawnSync("redis-server", ["--version"]).status === 0
    ? undefined
    : "SKIPPED: this machine has no redis-server (Debian: apt-get install redis-server), so nothing is shown about a fleet";

if (noRedis !== undefined) console.warn(noRedis);

/** Starts a Redis on a free port. */
export async function startRealRedis(...given: readonly string[]): Promise<RealRedis> {
  const folder = mkdtempSync(join(tmpdir(), "redis-"));
  const port = await freePort();
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const options = ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder, "--save", ""];
    child = spawn("redis-server", [...options, "--appendonly", "yes", ...given], {
      stdio: "ignore",
    });
    const deadline = Date.now() + 10_000;
    while (!(await answers(port))) {
      if (Date.now() > deadline) throw new Error("redis-server did not start");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const stop: RealRedis["stop"] = async (signal = "SIGTERM") => {
    const ending = child;
    child = undefined;
    if (ending === undefined || ending.exitCode !== null) return;
    const ended = new Promise((resolve) => ending.once("exit", resolve));
    ending.kill("SIGCONT");
    ending.kill(signal);
    await ended;
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    start,
    stop,
    pause: () => void child?.kill("SIGSTOP"),
    goOn: () => void child?.kill("SIGCONT"),
    async close() {
      await stop("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, "127.0.0.1", () => socket.write("PING\r\n"));
    const end = (isReady: boolean): void => {
      socket.destroy();
      resolve(isReady);
    };
    socket.once("data", (data) => {
      end(String(data).startsWith("+PONG"));
    });
    socket.once("error", () => {
      end(false);
    });
  });
}
