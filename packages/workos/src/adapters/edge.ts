import { hash } from "node:crypto";
import type { Edge } from "../resource-server.js";
import { createTrail } from "../trail/event.js";
import { logs, type LogSink } from "../trail/logs.js";
import type { Schedule } from "../workos/schedule.js";

/** What a test or an unusual host may put in the place of the real world. */
export interface Surroundings {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly fetch?: typeof globalThis.fetch;
  readonly now?: () => number;
  /** Calls a function later, and returns what cancels it. */
  readonly schedule?: Schedule;
}

function byTimer(run: () => void, delay: number): () => void {
  const timer = setTimeout(run, delay).unref();
  return () => {
    clearTimeout(timer);
  };
}

/** The real world, as far as the surroundings leave it in place. */
export function createEdge(
  { fetch = globalThis.fetch, now = Date.now, schedule = byTimer }: Surroundings,
  log: LogSink | false = console,
): Edge {
  return {
    fetch,
    now,
    digest: (text) => hash("sha256", text, "base64url"),
    schedule,
    trail: createTrail(log === false ? [] : [logs(log)]),
  };
}
