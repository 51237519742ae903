import type { WorkOSProviderConfig } from "../server/configuration.js";
import type { RuntimeOverrides } from "../server/runtime-overrides.js";
import type { FetchApp } from "./fetch/fetch-handler.js";
import { workosFetch, type FetchGuard } from "./fetch/fetch-guard.js";
import { rememberProtected } from "./fetch/protected.js";

/** A function that a Next.js route file exports under the name of a method. */
export type NextRoute = (request: Request) => Promise<Response>;

/** The guard of an MCP server in route files of Next.js. */
export interface NextGuard extends Pick<FetchGuard, "health" | "close"> {
  /** What the route file of the MCP endpoint exports: the handler, for callers alone that were let through. */
  readonly protect: (
    handler: FetchApp,
  ) => Readonly<Record<"GET" | "POST" | "DELETE" | "OPTIONS", NextRoute>>;
  /**
   * What the route files of the well-known documents export: `app/.well-known/oauth-protected-resource/[[...path]]/route.ts`
   * and the same for `oauth-authorization-server`.
   */
  readonly metadata: Readonly<Record<"GET" | "OPTIONS", NextRoute>>;
}

/**
 * Makes an MCP server in a route of Next.js an OAuth 2.1 resource server for WorkOS AuthKit: with xmcp's adapter, the
 * MCP SDK's handler, or any other from Request to Response.
 *
 * Does what `workosFetch()` does. While `next build` runs, which loads route files where no secrets are, the
 * configuration is not read. Does NOT guard other routes; `middleware.ts` and `proxy.ts` of Next.js are not needed.
 *
 * @throws ConfigurationError with every problem of the configuration; Next.js then answers the routes with 500.
 * @example
 * ```ts
 * const guard = workosNext({ access });
 * const { GET, POST, DELETE, OPTIONS } = guard.protect((request, { parsedBody }) =>
 *   handle(request, parsedBody),
 * );
 * ```
 * @see RFC 6750, RFC 9728, RFC 9068; MCP 2025-11-25 basic/authorization
 */
export function workosNext(
  config: WorkOSProviderConfig = {},
  given: RuntimeOverrides = {},
): NextGuard {
  let made: FetchGuard | undefined;
  const guard = (): FetchGuard => (made ??= workosFetch(config, given));
  if (process.env["NEXT_PHASE"] !== "phase-production-build") guard();
  const route = (handler: FetchApp): NextRoute => {
    let serve: NextRoute | undefined;
    return rememberProtected((request: Request) => (serve ??= guard().protect(handler))(request), {
      config,
      handler,
    });
  };
  const documents = route(() => new Response(null, { status: 404 }));
  return {
    protect(handler) {
      const serve = route(handler);
      return { GET: serve, POST: serve, DELETE: serve, OPTIONS: serve };
    },
    metadata: { GET: documents, OPTIONS: documents },
    health: () => guard().health(),
    close: () => guard().close(),
  };
}
