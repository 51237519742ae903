import type { WorkOSProviderConfig } from "../server/configuration.js";
import type { RuntimeOverrides } from "../server/runtime-overrides.js";
import { workosExpress } from "./express.js";
import type { WorkOSMiddleware } from "./node/middleware.js";

/**
 * Makes a server with NestJS an OAuth 2.1 resource server for WorkOS AuthKit: give the result to `app.use()` in
 * `main.ts`, before `app.listen()`.
 *
 * It is no Nest guard: those run for the routes of controllers alone, behind the body's parser and the global prefix, so
 * that the documents and unknown paths are not theirs, and nothing that they begin lasts while a handler runs. Does what
 * `workosExpress()` does. Does NOT guard what is mounted before it, nor a server on Nest's Fastify adapter: register
 * the plugin of `workosFastify()` on its instance. On a signal the app calls `close()` itself.
 *
 * @throws ConfigurationError with every problem of the configuration.
 * @example
 * ```ts
 * const app = await NestFactory.create(AppModule);
 * app.use(workosNest({ access }));
 * await app.listen(3002);
 * ```
 * @see RFC 6750, RFC 9728, RFC 9068; MCP 2025-11-25 basic/authorization
 */
export function workosNest(
  config: WorkOSProviderConfig = {},
  given: RuntimeOverrides = {},
): WorkOSMiddleware {
  return workosExpress(config, given);
}
