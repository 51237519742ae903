import { hash } from "node:crypto";
import type { Edge } from "../resource-server.js";
import { createTrail } from "../trail/event.js";
import { logs, type LogSink } from "../trail/logs.js";

/** What a test or an unusual host may put in the place of the real world. */
export interface Surroundings {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly fetch?: typeof globalThis.fetch;
  readonly now?: () => number;
}

/** The real world, as far as the surroundings leave it in place. */
export function createEdge(
  { fetch = globalThis.fetch, now = Date.now }: Surroundings,
  log: LogSink | false = console,
): Edge {
  return {
    fetch,
    now,
    digest: (text) => hash("sha256", text, "base64url"),
    trail: createTrail(log === false ? [] : [logs(log)]),
  };
}
