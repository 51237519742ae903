import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";

const root = join(import.meta.dirname, "../..");
const programs = join(import.meta.dirname, "programs");

/** A host of the matrix that runs in a process of its own. */
export interface RunningHost {
  readonly origin: string;
  readonly port: number;
  /** Everything it printed so far, line by line. */
  readonly lines: readonly string[];
  /** Its exit code, once it has ended; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Asks it to end, and waits until it has. */
  readonly stop: () => Promise<void>;
}

/** Milliseconds that a program has to end when it is asked to; then it is killed. */
const END_TIMEOUT_MS = 10_000;

/**
 * Starts a program of `test/hosts/programs` and waits until it prints where it listens.
 *
 * @param command the runtime and its parameters, without the program.
 */
export async function startProgram(
  command: readonly [string, ...string[]],
  program: string,
  env: Readonly<Record<string, string>>,
): Promise<RunningHost> {
  const [runtime, ...parameters] = command;
  // From the root, so that every runtime finds the same node_modules.
  const child = spawn(runtime, [...parameters, join(programs, program)], {
    cwd: root,
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...env },
    // Its input ends with this process, and the program with its input.
    stdio: ["pipe", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const lines: string[] = [];
  const origin = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        const text = stripVTControlCharacters(line);
        lines.push(text);
        const found = /^listening (\S+)$/.exec(text)?.[1];
        if (found !== undefined) resolve(found);
      });
    }
    child.once("error", reject);
    // "close", not "exit": by then all that it printed has been read.
    child.once("close", (code) => {
      reject(new Error(`${program} ended with ${code}:\n${lines.join("\n")}`));
    });
  });
  return {
    origin,
    port: Number(new URL(origin).port),
    lines,
    ended,
    stop: () => stop(child, ended),
  };
}

async function stop(child: ChildProcess, ended: Promise<number | null>): Promise<void> {
  const killing = setTimeout(() => child.kill("SIGKILL"), END_TIMEOUT_MS);
  child.kill("SIGTERM");
  await ended;
  clearTimeout(killing);
}
