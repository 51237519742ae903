import type { WorkOSProviderConfig } from "../../server/configuration.js";
import type { RuntimeOverrides } from "../../server/runtime-overrides.js";
import type { WorkOSMiddleware } from "../node/middleware.js";
import { createNodeGuard } from "../node/node-guard.js";
import { closeOnSignal } from "./close-on-signal.js";
import { learnFromServer } from "./learn-from-server.js";

/**
 * Makes an xmcp server an OAuth 2.1 resource server for WorkOS AuthKit: export
 * the result from `src/middleware.ts` as it is.
 *
 * Guards every request that reaches it, serves both well-known documents, and
 * lends tools `getSession()`, `getUser()` and `getClient()`. With `access` it decides who may
 * use which tool; without, every authenticated caller may use all of them. The handler never rejects; on a fault of its own it
 * refuses the request. It needs Node's HTTP objects: a host that calls it
 * otherwise gets a refusal, never an open door.
 *
 * @throws ConfigurationError with every problem of the configuration.
 * @example
 * ```ts
 * // src/middleware.ts
 * export default workosProvider({
 *   access: { tools: { "report_*": { permissions: ["reports:read"] }, "*": "authenticated" } },
 * });
 * ```
 * @see RFC 6750, RFC 9728, RFC 9068; MCP 2025-11-25 basic/authorization
 */
export function workosProvider(
  config: WorkOSProviderConfig = {},
  given: RuntimeOverrides = {},
): WorkOSMiddleware {
  const { close: end, handler, runtime, server, settings } = createNodeGuard(config, given, false);
  let forget = (): void => undefined;
  const close = (): Promise<void> => end().finally(forget);
  if (server.delivers) forget = closeOnSignal(close);

  const { access, recordArguments } = settings;
  if (access !== undefined || recordArguments.size > 0 || runtime.learnNames !== undefined) {
    setImmediate(() => void learnFromServer(settings, runtime));
  }
  return Object.assign(handler, { health: server.health, close });
}
