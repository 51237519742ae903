import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";
import { quickstartFolder } from "./build-quickstart.ts";

export interface RunningQuickstart {
  /** The MCP URL it says it listens at; `undefined` when it ended before. */
  readonly listening: Promise<string | undefined>;
  readonly ended: Promise<number | null>;
  readonly stop: () => Promise<void>;
}

/** Runs the built quickstart and passes its lines on, marked as its own. */
export function runQuickstart({
  env,
  print,
}: {
  env: Record<string, string>;
  print: (line: string) => void;
}): RunningQuickstart {
  const child = spawn(process.execPath, ["dist/http.js"], {
    cwd: quickstartFolder,
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
        print(`  [quickstart] ${text}`);
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
