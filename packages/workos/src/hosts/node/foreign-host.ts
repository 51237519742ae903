import type { WorkOSProviderConfig } from "../../server/configuration.js";
import { json, type Answer } from "../../guard/answer.js";
import type { WorkOSMiddleware } from "./middleware.js";

/** What a caller gets when the guard cannot judge its request. */
export const FAULT: Answer = json(
  500,
  {
    error: "server_error",
    error_description: "The request could not be judged",
    reason: "internal_fault",
  },
  { "Cache-Control": "no-store" },
);

/** Refuses a request of a host that calls `(request, context)` and goes on unguarded unless it gets a Response. */
export function refuseForeignHost(): void {
  const { body, status, headers } = FAULT;
  return new Response(body, { status, headers }) as unknown as void;
}

/**
 * Stands in for `workosProvider()` where there is no HTTP server of Node: refuses every request with 500, and logs why.
 *
 * It does not throw: a host that drops a module which throws while loading would serve its tools to everybody.
 */
export function workosProvider(_config: WorkOSProviderConfig = {}): WorkOSMiddleware {
  console.error(
    "[workos] Refusing every request with 500: workosProvider() needs Node's HTTP server, and this was built for a Worker. Run the server on Node",
  );
  return Object.assign(async () => refuseForeignHost(), {
    health: async () => ({
      isReady: false,
      audience: "undetermined" as const,
      keys: [],
      api: { isReachable: false },
    }),
    close: async () => undefined,
  });
}
