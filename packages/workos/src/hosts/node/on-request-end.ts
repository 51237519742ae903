import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** What is to be done when a request is over, in this order; each once, and nothing here may throw. */
export type Endings = (() => void)[];

/** The requests that are under way on a connection. */
const underWay = new WeakMap<Socket, Set<() => void>>();

/**
 * Runs what is noted in the list that it returns when the request is over: its response has closed, or its connection
 * has.
 *
 * The second is for pipelined requests: a response whose turn had not come gets no event of its connection's end in
 * Node 22, and would count as under way for good.
 */
export function watchRequestEnd({ socket }: IncomingMessage, response: ServerResponse): Endings {
  const endings: Endings = [];
  const requests = underWay.get(socket) ?? watch(socket);
  const end = (): void => {
    if (!requests.delete(end)) return;
    for (const run of endings) run();
  };
  requests.add(end);
  response.on("close", end);
  // A client that has left already closes nothing any more.
  if (response.closed || socket.destroyed) process.nextTick(end);
  return endings;
}

function watch(socket: Socket): Set<() => void> {
  const requests = new Set<() => void>();
  underWay.set(socket, requests);
  socket.once("close", () => {
    for (const end of requests) end();
  });
  return requests;
}
