import type { Observer, AuthEvent } from "../../src/index.js";
import {
  startGuarded,
  type GuardedServer,
  type GuardedServerOptions,
} from "../support/guarded-server.js";

export const call = (name: string, args: object = {}, id: number | string = 1): object => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name, arguments: args },
});

/** A guarded server whose observer keeps the events that it receives. */
export interface Observed extends GuardedServer {
  readonly events: AuthEvent[];
  readonly post: (body: unknown, token?: string) => Promise<Response>;
}

export async function startObserved(options: GuardedServerOptions = {}): Promise<Observed> {
  const events: AuthEvent[] = [];
  const observer: Observer = {
    name: "events",
    onEvent: (event) => {
      // What a tool's getAccess() asks WorkOS, of which none is here, is no part of these tests.
      if (event.kind !== "api_call" && event.kind !== "api") events.push(event);
    },
  };
  let body: unknown;
  const server = await startGuarded({
    before: (request) => void Object.assign(request, { body }),
    handler: (_request, response) => {
      server.clock.now += 25;
      response.end("{}");
    },
    ...options,
    config: { observers: [observer], ...options.config },
  });
  events.length = 0;
  return {
    ...server,
    events,
    post: (sent, token = server.issuer.sign({ claims: { org_id: "org_01ACME" } })) => {
      body = sent;
      return server.ask(token, { headers: { "mcp-protocol-version": "2025-11-25" } });
    },
  };
}
