import type { WorkOSProviderConfig } from "../../server/configuration.js";
import type { Health } from "../../server/health.js";
import type { RuntimeOverrides } from "../../server/runtime-overrides.js";
import { forwardedAddress } from "../../standards/ip-address.js";
import { assemble, type Assembled } from "../assemble.js";
import { createFetchHandler, type FetchApp, type FetchHandlerOptions } from "./fetch-handler.js";
import { webPlatform } from "./platform.js";
import { rememberProtected } from "./protected.js";

/** The guard of a server that takes a Request and returns a Response. */
export interface FetchGuard {
  /**
   * Wraps a handler, so that it runs for callers alone that were let through, and the well-known documents are served.
   *
   * What the returned function is given beside the request is ignored, so that it can be handed to any host as it is.
   */
  readonly protect: (handler: FetchApp) => (request: Request) => Promise<Response>;
  /** How the server stands with what it depends on, for readiness probes and alerts. Never rejects, closed or not. */
  readonly health: () => Promise<Health>;
  /**
   * Ends what runs in the background and the long streams, and delivers what observers still hold, for five seconds at
   * most. Requests are still judged. Never rejects.
   */
  readonly close: () => Promise<void>;
}

/**
 * Makes any handler from Request to Response an OAuth 2.1 resource server for WorkOS AuthKit: of the MCP SDK, Deno, Bun,
 * or a framework's route.
 *
 * Serves both well-known documents, judges every other request, and gives the handler the caller as `authInfo` and the
 * body that was judged as `parsedBody`; tools find the rest by `getSession()`, `getAccess()` and `getClient()`. Reads a
 * JSON body of 10 MiB at most, without Content-Encoding. Does NOT guard what is reached past the function that `protect`
 * returns. What runs in the background begins with the first request.
 *
 * @throws ConfigurationError with every problem of the configuration.
 * @example
 * ```ts
 * const guard = workosFetch({ access });
 * const app = { fetch: guard.protect((request, { parsedBody }) => handle(request, parsedBody)) };
 * ```
 * @see RFC 6750, RFC 9728, RFC 9068; MCP 2025-11-25 basic/authorization; Fetch §2.2
 */
export function workosFetch(
  config: WorkOSProviderConfig = {},
  given: RuntimeOverrides = {},
): FetchGuard {
  const { process } = globalThis as {
    readonly process?: { readonly env?: RuntimeOverrides["env"] };
  };
  return createFetchGuard(config, given, { env: process?.env ?? {} });
}

/** How a guard differs from host to host. */
interface FetchGuardOptions extends Pick<FetchHandlerOptions, "beginWork"> {
  readonly env: NonNullable<RuntimeOverrides["env"]>;
  /** Called with the first request. */
  readonly onStart?: (assembled: Assembled) => void;
}

/**
 * Makes the guard of a server that takes a Request and returns a Response.
 *
 * @throws ConfigurationError with every problem of the configuration.
 */
export function createFetchGuard(
  config: WorkOSProviderConfig,
  given: RuntimeOverrides,
  { env, onStart, beginWork }: FetchGuardOptions,
): FetchGuard {
  const assembled = assemble(config, given, webPlatform, env);
  const { server, settings, runtime, close } = assembled;
  const handle = createFetchHandler({ ...assembled, beginWork });
  let hasBegun = false;
  const begin = ({ url }: Request): void => {
    // The documents need nothing of it, and a route of their own may have a copy of this.
    if (hasBegun || new URL(url).pathname.startsWith("/.well-known/")) return;
    hasBegun = true;
    const { resource, issuers } = settings;
    runtime.trail({ kind: "started", resource, issuer: issuers[0], audience: server.audience() });
    onStart?.(assembled);
    server.start();
  };
  return {
    protect: (handler) =>
      rememberProtected(
        (request) => {
          begin(request);
          const forwarded = request.headers.get("x-forwarded-for") ?? undefined;
          return handle(request, handler, forwardedAddress(forwarded, settings.trustedProxyCount));
        },
        { config, handler },
      ),
    health: server.health,
    close,
  };
}
