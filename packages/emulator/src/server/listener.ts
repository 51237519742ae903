import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { isLoopbackHost } from "../http/loopback.js";

/** An open port that serves a `fetch` function. */
export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves a `fetch` function over HTTP on one address.
 *
 * On loopback it answers only requests whose Host is loopback or `allowedHost`, so that a web page cannot reach it by
 * letting its own name resolve to 127.0.0.1 (DNS rebinding). When `fetch` rejects, the connection is destroyed.
 *
 * Rejects with Node's error (`code` EADDRINUSE when the port is taken).
 */
export async function listenOn(options: {
  readonly host: string;
  readonly port: number;
  readonly fetch: (request: Request) => Promise<Response>;
  readonly allowedHost: () => string;
}): Promise<Listener> {
  const isOpenToOthers = !isLoopbackHost(options.host);
  const respond = getRequestListener(
    async (request, { incoming }) => {
      const { host, hostname } = new URL(request.url);
      if (!isOpenToOthers && !isLoopbackHost(hostname) && host !== options.allowedHost()) {
        return new Response("This host is not served here.\n", { status: 421 });
      }
      try {
        return await options.fetch(request);
      } catch (error) {
        incoming.socket?.destroy();
        throw error;
      }
    },
    // The socket is gone: no error can be sent, and the default would print it.
    { overrideGlobalObjects: false, errorHandler: () => new Response(null, { status: 502 }) },
  );
  const server = createServer((incoming, outgoing) => void respond(incoming, outgoing));
  await open(server, options.host, options.port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () => close(server),
  };
}

function open(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    // Without this a client that keeps its connection alive would keep the emulator open.
    server.closeAllConnections();
  });
}
