import {
  createServer,
  request as connect,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

/** What becomes of a request. */
const FAULTS = [
  "500",
  "503",
  "reset",
  "answer lost",
  "hang",
  "slow",
  "html",
  "empty",
  "redirect",
] as const;
export type ProxyFault = (typeof FAULTS)[number];

/** A proxy that fails for some requests, in an order that its seed decides. */
export interface FailingProxy {
  readonly url: string;
  /** Where requests go. */
  target: string;
  /** The part of requests that fail, from 0 to 1. */
  odds: number;
  /** How many requests met each fault. */
  readonly counts: ReadonlyMap<ProxyFault, number>;
  readonly close: () => Promise<void>;
}

const PAGE = "<!doctype html><title>Sign in</title>";
const SLOW_MS = 300;

/** Starts a proxy on loopback that passes everything on until its odds are set. */
export async function startFailingProxy(seed: number): Promise<FailingProxy> {
  const random = createRandom(seed);
  const counts = new Map<ProxyFault, number>();
  const server = createServer((request, response) => {
    // Whom a fault made leave is no error of this proxy.
    for (const side of [request, response]) side.on("error", () => undefined);
    if (request.url === "/page") {
      response.setHeader("content-type", "text/html").end(PAGE);
      return;
    }
    const fault = random() < proxy.odds ? FAULTS[Math.floor(random() * FAULTS.length)] : undefined;
    if (fault !== undefined) counts.set(fault, (counts.get(fault) ?? 0) + 1);
    meet(fault, request, response, () => {
      forward(proxy.target, request, response, fault === "answer lost");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const proxy: FailingProxy = {
    url: `http://127.0.0.1:${port}`,
    target: "",
    odds: 0,
    counts,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
  return proxy;
}

function meet(
  fault: ProxyFault | undefined,
  request: IncomingMessage,
  response: ServerResponse,
  pass: () => void,
): void {
  switch (fault) {
    case "500":
      response.writeHead(500, { "content-type": "application/json" }).end('{"message":"oops"}');
      return;
    case "503":
      response.writeHead(503, { "retry-after": "1" }).end();
      return;
    case "reset":
      request.socket.resetAndDestroy();
      return;
    case "hang":
      return;
    case "html":
      response.writeHead(200, { "content-type": "text/html" }).end(PAGE);
      return;
    case "empty":
      response.writeHead(200, { "content-length": "0" }).end();
      return;
    case "redirect":
      response.writeHead(302, { location: "/page" }).end();
      return;
    case "slow":
      setTimeout(pass, SLOW_MS);
      return;
    case "answer lost":
    case undefined:
      pass();
  }
}

/** Sends a request on, and gives back the answer or, when that is to be lost, a reset after it came. */
function forward(
  target: string,
  request: IncomingMessage,
  response: ServerResponse,
  isLost: boolean,
): void {
  const { method, headers, url = "/" } = request;
  const onward = connect(new URL(url, target), { method, headers }, (answer) => {
    if (isLost) {
      answer.resume().on("end", () => request.socket.resetAndDestroy());
      return;
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", () => response.destroy());
  request.pipe(onward);
}

/** Creates numbers from 0 to 1, the same ones for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
