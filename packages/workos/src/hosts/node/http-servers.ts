import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { Server as HttpServer } from "node:http";
import { Server as NetServer } from "node:net";

/** Where Node publishes that a server listens. */
const LISTENING = "tracing:net.server.listen:asyncEnd";

/** A server of this process that began to listen: for plain HTTP, or for what may be HTTP over TLS. */
export interface ListeningServer {
  /** A host and a port, or the path of a socket; undefined when the server was closed at once. */
  readonly address: { readonly host: string; readonly port: number } | string | undefined;
  readonly isTls: boolean;
}

/**
 * Calls a function for each HTTP server of this process that begins to listen from now on.
 *
 * Does NOT report servers that listen already, nor those of other processes.
 *
 * @returns ends the calls.
 */
export function onListeningServer(report: (server: ListeningServer) => void): () => void {
  const onListening = (message: unknown): void => {
    const { server } = message as { readonly server: unknown };
    const isHttp = server instanceof HttpServer;
    // node:https is a TLS server without the class of node:http, and has its request event.
    const isTls = !isHttp && server instanceof NetServer && server.listenerCount("request") > 0;
    if (!isHttp && !isTls) return;
    report({ address: readAddress(server), isTls });
  };
  subscribe(LISTENING, onListening);
  return () => {
    unsubscribe(LISTENING, onListening);
  };
}

function readAddress(server: NetServer): ListeningServer["address"] {
  const bound = server.address();
  if (bound === null || typeof bound === "string") return bound ?? undefined;
  return { host: bound.address, port: bound.port };
}
