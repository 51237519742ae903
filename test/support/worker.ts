import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { Miniflare } from "miniflare";
import { bundleForWorker } from "../bundle/worker-bundle.ts";
import { freePort } from "./ports.ts";

/** A Worker that runs in workerd. */
export interface RunningWorker {
  readonly baseUrl: string;
  /** What it wrote into its log, line by line. */
  readonly lines: readonly string[];
  readonly stop: () => Promise<void>;
}

/** What a Worker is run with. */
export interface WorkerOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  /** Any free one when left out. */
  readonly port?: number;
  readonly onLine?: (line: string) => void;
}

/** Bundles the text of a module as a Worker's bundler does. */
export async function buildWorker(source: string, folder = import.meta.dirname): Promise<string> {
  const { code } = await bundleForWorker(source, { folder });
  // As wrangler writes it; workerd knows no bare names.
  return code.replaceAll(/from "async_hooks"/gu, 'from "node:async_hooks"');
}

/** Runs a module in workerd, at a port of this machine alone, until `stop()`. */
export async function startWorker(
  script: string,
  { env = {}, flags = ["nodejs_compat"], port, onLine }: WorkerOptions = {},
): Promise<RunningWorker> {
  const lines: string[] = [];
  const worker = new Miniflare({
    modules: [{ type: "ESModule", path: "worker.js", contents: script }],
    bindings: { ...env },
    compatibilityDate: "2026-05-01",
    compatibilityFlags: [...flags],
    host: "127.0.0.1",
    port: 0,
    // Past Miniflare's own Worker, which hides that a client has left.
    unsafeDirectSockets: [{ host: "127.0.0.1", port: port ?? (await freePort()) }],
    handleRuntimeStdio(...streams: readonly Readable[]) {
      for (const stream of streams) {
        createInterface({ input: stream }).on("line", (line) => {
          lines.push(line);
          onLine?.(line);
        });
      }
    },
  });
  const { origin } = await worker.unsafeGetDirectURL();
  return { baseUrl: origin, lines, stop: () => worker.dispose() };
}
