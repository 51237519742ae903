import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { Behaviour, IssuerRequest, Numbered, ServerRequest } from "./messages.ts";
import { CLIENT_ID, RESOURCE } from "./tokens.ts";
import type { Setup } from "./targets/setup.ts";

/** Longest wait for an answer from a process, in milliseconds; presenting a million tokens takes minutes. */
const PATIENCE = 200_000;

const started = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of started) child.kill("SIGKILL");
});

/** Sees to it that a process does not outlive the bench, whatever happens. */
export function endWithBench(child: ChildProcess): void {
  started.add(child);
  child.once("exit", () => started.delete(child));
}

export const isPinning: boolean =
  process.platform === "linux" && spawnSync("taskset", ["-c", "0,1", "true"]).status === 0;

/** Keeps the bench itself on the given cores, so that the server has the other to itself. */
export function pinSelf(cores: string): void {
  if (isPinning) spawnSync("taskset", ["-acp", cores, String(process.pid)]);
}

export const pinning: string = isPinning
  ? "servers on core 1, client and issuer on core 0"
  : "no taskset: nothing pinned";

/** A process that answers questions. */
class Child<T> {
  readonly process: ChildProcess;
  #asked = 0;
  readonly #waiting = new Map<number, (body: unknown) => void>();

  constructor(file: string, options: { env?: Record<string, string>; core?: string }) {
    const node = [
      process.execPath,
      // A clock that is not moved costs the least, and pinned is who is measured for speed.
      ...(options.core === undefined
        ? ["--import", join(import.meta.dirname, "moved-clock.mjs")]
        : []),
      "--expose-gc",
      "--no-warnings",
      join(import.meta.dirname, file),
    ];
    const pinned = options.core === undefined || !isPinning ? [] : ["taskset", "-c", options.core];
    const [command = "", ...rest] = [...pinned, ...node];
    const output = process.env["BENCH_VERBOSE"] === undefined ? "ignore" : "inherit";
    this.process = spawn(command, rest, {
      cwd: import.meta.dirname,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "ignore", output, "ipc"],
    });
    endWithBench(this.process);
  }

  /** The first message, or `undefined` when the process ends before it. */
  first(): Promise<unknown> {
    return new Promise((resolve) => {
      this.process.once("exit", () => {
        resolve(undefined);
      });
      this.process.once("message", (message) => {
        this.process.on("message", ({ id, body }: Numbered<unknown>) => {
          this.#waiting.get(id)?.(body);
          this.#waiting.delete(id);
        });
        resolve(message);
      });
    });
  }

  ask(body: T): Promise<unknown> {
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`no answer to ${JSON.stringify(body).slice(0, 80)}`));
      }, PATIENCE);
      this.#waiting.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.process.send({ id, body } satisfies Numbered<T>);
    });
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      this.process.once("exit", () => {
        resolve();
      });
      this.process.kill("SIGKILL");
    });
  }
}

/** The issuer as one target sees it. */
export interface Tenant {
  readonly issuer: string;
  readonly behave: (behaviour: Behaviour) => Promise<void>;
  readonly fetches: () => Promise<number>;
}

export interface Issuer {
  readonly open: (behaviour: Behaviour) => Promise<Tenant>;
  readonly stop: () => Promise<void>;
}

export async function startIssuer(): Promise<Issuer> {
  const child = new Child<IssuerRequest>("issuer.ts", { core: "0" });
  await child.first();
  return {
    open: async (behaviour) => {
      const port = (await child.ask({ kind: "open", behaviour })) as number;
      return {
        issuer: `http://127.0.0.1:${port}`,
        behave: async (behaviour) => {
          await child.ask({ kind: "behave", port, behaviour });
        },
        fetches: async () => (await child.ask({ kind: "fetches", port })) as number,
      };
    },
    stop: () => child.stop(),
  };
}

export interface Server {
  readonly target: string;
  readonly port: number;
  readonly ask: (request: ServerRequest) => Promise<unknown>;
  readonly stop: () => Promise<void>;
}

/** Starts a server with one middleware; `undefined` when it does not start. */
export async function startServer(
  target: string,
  {
    issuer,
    pluginFolder,
    core,
  }: { issuer: string; pluginFolder?: string | undefined; core?: string },
): Promise<Server | undefined> {
  const setup: Setup = {
    issuer,
    jwksUrl: `${issuer}/oauth2/jwks`,
    resource: RESOURCE,
    baseUrl: new URL(RESOURCE).origin,
    clientId: CLIENT_ID,
    pluginFolder,
  };
  const env = { BENCH_TARGET: target, BENCH_SETUP: JSON.stringify(setup) };
  const child = new Child<ServerRequest>("server.ts", {
    env,
    ...(core === undefined ? {} : { core }),
  });
  const ready = (await child.first()) as { port: number } | undefined;
  if (ready === undefined) return undefined;
  return {
    target,
    port: ready.port,
    ask: (request) => child.ask(request),
    stop: () => child.stop(),
  };
}
