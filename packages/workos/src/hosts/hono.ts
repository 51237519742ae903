import type { AuthInfo } from "../exchange/auth-info.js";
import type { WorkOSProviderConfig } from "../server/configuration.js";
import type { RuntimeOverrides } from "../server/runtime-overrides.js";
import { workosFetch, type FetchGuard } from "./fetch/fetch-guard.js";

/** What the middleware uses of Hono's context. */
interface Context {
  readonly req: { raw: Request };
  res: Response | undefined;
  set(name: keyof HonoVariables, value: unknown): void;
}

/** What code behind the guard reads with `c.get()`; neither is set on a public path. */
export interface HonoVariables {
  /** The caller in the MCP SDK's words, without its token. */
  auth: AuthInfo;
  /** The JSON body that was judged. */
  parsedBody: unknown;
}

/** The guard of a server with Hono. */
export interface HonoGuard extends Pick<FetchGuard, "health" | "close"> {
  /** Guards what is registered after it: give it to `app.use()` of the app that serves the root, first of all. */
  readonly middleware: (context: object, next: () => Promise<void>) => Promise<Response | void>;
}

/**
 * Makes a server with Hono an OAuth 2.1 resource server for WorkOS AuthKit: give its `middleware` to `app.use()`, before
 * every route.
 *
 * Does what `workosFetch()` does; `c.req.raw` is then the request without the token, with the body that was judged. Does
 * NOT guard what is registered before it, nor take the token off `c.env`: on Node, `c.env.incoming` is the request as it
 * came.
 *
 * @throws ConfigurationError with every problem of the configuration.
 * @example
 * ```ts
 * const app = new Hono<{ Variables: HonoVariables }>();
 * app.use(workosHono({ access }).middleware);
 * app.all("/mcp", (c) => handle(c.req.raw, c.get("parsedBody")));
 * ```
 * @see RFC 6750, RFC 9728, RFC 9068; MCP 2025-11-25 basic/authorization
 */
export function workosHono(
  config: WorkOSProviderConfig = {},
  given: RuntimeOverrides = {},
): HonoGuard {
  const { protect, health, close } = workosFetch(config, given);
  const middleware: HonoGuard["middleware"] = async (honoContext, next) => {
    const context = honoContext as Context;
    let hasPassed = false;
    const response = await protect(async (request, { authInfo, parsedBody }) => {
      hasPassed = true;
      context.req.raw = request;
      context.set("auth", authInfo);
      context.set("parsedBody", parsedBody);
      await next();
      return context.res ?? new Response(null, { status: 404 });
    })(context.req.raw);
    if (!hasPassed) return response;
    // Over a new answer Hono lays the fields of the former, where there is one.
    context.res = undefined;
    context.res = response;
    return undefined;
  };
  return { middleware, health, close };
}
