import type { WorkOSProviderConfig } from "../server/configuration.js";
import type { RuntimeOverrides } from "../server/runtime-overrides.js";
import type { WorkOSMiddleware } from "./node/middleware.js";
import { createNodeGuard } from "./node/node-guard.js";

/**
 * Makes a server with Express, or with `node:http` alone, an OAuth 2.1 resource server for WorkOS AuthKit: mount the
 * result at the root, before every route.
 *
 * Does what `workosProvider()` does for xmcp, and reads a JSON body that nothing has read: 10 MiB at most, left in
 * `request.body` as `express.json()` leaves it. Does NOT guard what is mounted before it. On a signal the app calls
 * `close()` itself.
 *
 * @throws ConfigurationError with every problem of the configuration.
 * @example
 * ```ts
 * const app = express();
 * app.use(workosExpress({ access }));
 * ```
 * @see RFC 6750, RFC 9728, RFC 9068; MCP 2025-11-25 basic/authorization
 */
export function workosExpress(
  config: WorkOSProviderConfig = {},
  given: RuntimeOverrides = {},
): WorkOSMiddleware {
  const { handler, server, close } = createNodeGuard(config, given, true);
  return Object.assign(handler, { health: server.health, close });
}
