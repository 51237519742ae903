import type { WorkOSProviderConfig } from "../server/configuration.js";
import type { RuntimeOverrides } from "../server/runtime-overrides.js";
import { registerRefusal } from "../session/store.js";
import { createFetchGuard, type FetchGuard } from "./fetch/fetch-guard.js";
import type { FetchContext } from "./fetch/fetch-handler.js";
import { createRequestWork, type RequestWork, type WorkerContext } from "./fetch/request-work.js";
import type { Assembled } from "./assemble.js";
import { FAULT } from "./refuse-foreign-host.js";

/** A Worker, as a module exports it by default. */
export interface Worker<Env> {
  /** @param given the caller and the body that was judged, as `workosFetch()` gives them. */
  fetch(
    request: Request,
    env: Env,
    context: WorkerContext,
    given?: FetchContext,
  ): Response | Promise<Response>;
}

/** Environments with a guard of their own; a Worker has one, unless a test or a dispatcher makes more. */
const MAX_ENVIRONMENTS = 4;
/** Handlers of a Worker that no HTTP request reaches. */
const OTHER_HANDLERS = ["scheduled", "queue", "email", "tail", "tailStream", "trace"];

/**
 * Makes a Worker of Cloudflare's an OAuth 2.1 resource server for WorkOS AuthKit: export the result by default, around
 * xmcp's worker or any other with a `fetch`.
 *
 * Does what `workosFetch()` does, with the configuration's variables from each request's `env`. A configuration that
 * cannot be read, or a worker that is none, is logged, and every request is refused with 500: a module that throws while
 * loading could be left out by what loads it. Needs `AsyncLocalStorage`, by the compatibility flag `nodejs_compat` or
 * `nodejs_als`. Does NOT guard the worker's other handlers (`scheduled`, `queue`), nor a Durable Object that is reached
 * past it, and does nothing between requests: what is due then is done with the next one.
 *
 * @param config the options, or what makes them from `env`; not a promise.
 * @example
 * ```ts
 * const worker = workosWorker(
 *   { fetch: (request, _env, _context, given) => handle(request, given?.parsedBody) },
 *   (env: { DOCS_URL: string }) => ({ access, docsURL: env.DOCS_URL }),
 * );
 * ```
 * @see RFC 6750, RFC 9728, RFC 9068; MCP 2025-11-25 basic/authorization;
 *   https://developers.cloudflare.com/workers/runtime-apis/context/
 */
export function workosWorker<Env>(
  worker: Worker<Env>,
  config: WorkOSProviderConfig | ((env: Env) => WorkOSProviderConfig) = {},
  given: RuntimeOverrides = {},
): Worker<Env> {
  const guards = new Map<string, Guarded | undefined>();

  const guardFor = (env: Env): Guarded | undefined => {
    const variables = readVariables(env);
    const key = JSON.stringify(variables);
    if (guards.has(key)) return guards.get(key);
    const [oldest] = guards.keys();
    if (guards.size >= MAX_ENVIRONMENTS && oldest !== undefined) guards.delete(oldest);
    const made = makeGuard(worker, () => (typeof config === "function" ? config(env) : config), {
      env: variables,
      ...given,
    });
    guards.set(key, made);
    return made;
  };

  return {
    ...otherHandlers(worker),
    async fetch(request, env, context) {
      const guarded = guardFor(env);
      if (guarded === undefined) return new Response(FAULT.body, FAULT);
      const { guard, work } = guarded;
      const answer = guard.protect((behind, caller) => worker.fetch(behind, env, context, caller));
      return work.run(context, () => answer(request));
    },
  };
}

interface Guarded {
  readonly guard: FetchGuard;
  readonly work: RequestWork;
}

/** Makes a guard; undefined, with a line in the log, when there can be none. */
function makeGuard(
  worker: unknown,
  readConfig: () => WorkOSProviderConfig,
  given: RuntimeOverrides & { readonly env: NonNullable<RuntimeOverrides["env"]> },
): Guarded | undefined {
  try {
    if (typeof (worker as Partial<Worker<unknown>> | undefined)?.fetch !== "function") {
      throw new TypeError("workosWorker() needs a worker, an object with a function fetch");
    }
    const { fetch = (...call) => globalThis.fetch(...call), now = Date.now } = given;
    const work = createRequestWork(fetch, now);
    const guard = createFetchGuard(
      readConfig(),
      { schedule: work.schedule, ...given, fetch: work.fetch },
      {
        env: given.env,
        onStart: adviseOnRequests,
        beginWork: () => {
          const end = work.keep();
          return () => {
            work.runDue();
            end();
          };
        },
      },
    );
    return { guard, work };
  } catch (error) {
    registerRefusal();
    const why = error instanceof Error ? error.message : typeof error;
    console.error(`[workos] Refusing every request with 500: ${why}`);
    return undefined;
  }
}

/** Reports what a Worker cannot have, if the configuration asks for it. */
function adviseOnRequests({ settings, server, runtime }: Assembled): void {
  const parts = [
    ...(settings.revocation === undefined ? [] : ["events of the Events API are read"]),
    ...(server.delivers ? ["audit log events wait in memory and are sent"] : []),
  ];
  if (parts.length === 0) return;
  runtime.trail({
    kind: "advice",
    code: "nothing_between_requests",
    detail: `a Worker does nothing between requests: ${parts.join(", and ")} while one is served, or with the next one`,
  });
}

/** The texts of an environment; bindings are the worker's own. */
function readVariables(env: unknown): Record<string, string> {
  const entries = Object.entries((env ?? {}) as Readonly<Record<string, unknown>>);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function otherHandlers(worker: unknown): object {
  const handlers = (worker ?? {}) as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    OTHER_HANDLERS.flatMap((name) => {
      const handler = handlers[name];
      return typeof handler === "function" ? [[name, handler.bind(worker)]] : [];
    }),
  );
}
