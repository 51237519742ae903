import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";
import { folderOf } from "./build-example.ts";

export interface RunningExample {
  /** The MCP URL it says it listens at; `undefined` when it ended before. */
  readonly listening: Promise<string | undefined>;
  readonly ended: Promise<number | null>;
  readonly stop: () => Promise<void>;
}

/** Runs a built example and passes its lines on, marked as its own. */
export function runExample({
  example,
  env,
  print,
}: {
  example: string;
  env: Record<string, string>;
  print: (line: string) => void;
}): RunningExample {
  const child = spawn(process.execPath, ["dist/http.js"], {
    cwd: folderOf(example),
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once("exit", resolve);
  });
  const listening = new Promise<string | undefined>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        const text = stripVTControlCharacters(line);
        print(`  [${example}] ${text}`);
        const url = /MCP Server running on (\S+)/.exec(text)?.[1];
        if (url !== undefined) resolve(url);
      });
    }
    void ended.then(() => {
      resolve(undefined);
    });
  });
  return {
    listening,
    ended,
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
