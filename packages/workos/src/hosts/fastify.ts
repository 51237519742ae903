import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { WorkOSProviderConfig } from "../server/configuration.js";
import type { RuntimeOverrides } from "../server/runtime-overrides.js";
import type { WorkOSMiddleware } from "./node/middleware.js";
import { createNodeGuard } from "./node/node-guard.js";
import type { Request } from "./node/read-request.js";

/** What the plugin uses of Fastify. */
interface App {
  addHook(name: "onRequest", hook: (request: Asked, reply: Reply, next: Next) => void): void;
  addHook(
    name: "preParsing",
    hook: (request: Asked, reply: Reply, payload: Readable, next: Next) => void,
  ): void;
  addHook(name: "preClose", hook: () => Promise<void>): void;
}
type Asked = { readonly raw: IncomingMessage };
type Reply = { readonly raw: ServerResponse; readonly hijack: () => void };
type Next = (error?: null, payload?: Readable) => void;

/** The guard of a server with Fastify. */
export interface FastifyGuard extends Pick<WorkOSMiddleware, "health" | "close"> {
  /** Guards every route of the instance that it is registered on, of its plugins too, and unknown paths. */
  readonly plugin: (app: object) => Promise<void>;
}

/**
 * Makes a server with Fastify an OAuth 2.1 resource server for WorkOS AuthKit: register its `plugin` on the root
 * instance.
 *
 * Does what `workosProvider()` does for xmcp. Reads a JSON body, 10 MiB at most, before Fastify, which then parses what
 * was judged. `app.close()` closes it too. Does NOT guard what an `onRequest` hook of an earlier plugin answers, nor,
 * registered in a plugin, what is outside of that.
 *
 * @throws ConfigurationError with every problem of the configuration.
 * @example
 * ```ts
 * const app = fastify();
 * app.register(workosFastify({ access }).plugin);
 * await app.listen({ port: 3002 });
 * ```
 * @see RFC 6750, RFC 9728, RFC 9068; MCP 2025-11-25 basic/authorization
 */
export function workosFastify(
  config: WorkOSProviderConfig = {},
  given: RuntimeOverrides = {},
): FastifyGuard {
  const { handler, server, close } = createNodeGuard(config, given, true);
  const plugin = async (instance: object): Promise<void> => {
    const app = instance as App;
    app.addHook("onRequest", ({ raw }, reply, next) => {
      let hasPassed = false;
      // Fastify parses the stream, whatever a serverless adapter left here.
      delete (raw as Request).body;
      const pass = (): void => {
        hasPassed = true;
        next();
      };
      void handler(raw, reply.raw, pass).then(() => hasPassed || reply.hijack());
    });
    app.addHook("preParsing", ({ raw }, _reply, payload, next) => {
      const { rawBody, headers } = raw as Request;
      next(null, rawBody instanceof Buffer ? replay(rawBody, headers["content-length"]) : payload);
    });
    app.addHook("preClose", close);
  };
  // Its hooks are the root's own, not those of a scope that ends with the plugin.
  const isUnscoped = { [Symbol.for("skip-override")]: true };
  return { plugin: Object.assign(plugin, isUnscoped), health: server.health, close };
}

/** Makes a stream of a body that was read, of which Fastify compares the length with the one that was announced. */
function replay(body: Buffer, announced: string | undefined): Readable {
  const receivedEncodedLength = announced === undefined ? body.length : Number(announced);
  return Object.assign(Readable.from([body]), { receivedEncodedLength });
}
