import type { WorkOSProviderConfig } from "../../server/configuration.js";
import { refuseForeignHost } from "../refuse-foreign-host.js";
import { registerRefusal } from "../../session/store.js";
import type { WorkOSMiddleware } from "../node/middleware.js";

/**
 * Stands in for `workosProvider()` where there is no HTTP server of Node: refuses every request with 500, and logs why.
 *
 * It does not throw: a host that drops a module which throws while loading would serve its tools to everybody.
 */
export function workosProvider(_config: WorkOSProviderConfig = {}): WorkOSMiddleware {
  registerRefusal();
  console.error(
    "[workos] Refusing every request with 500: workosProvider() needs Node's HTTP server, and this was built for a Worker. There workosWorker() of @xmcp-dev/workos/workers guards it, around the whole worker",
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
