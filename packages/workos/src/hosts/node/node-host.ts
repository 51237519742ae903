import type { IncomingMessage, ServerResponse } from "node:http";
import type { AnswerHead, Host } from "../../exchange/host.js";
import { watchRequestEnd } from "./on-request-end.js";
import { BodyGates } from "./rewrite-body.js";

/**
 * Lends an exchange one request of Node's HTTP server, and its answer.
 *
 * @param withhold takes off a request what a tool must not see.
 */
export function createNodeHost(
  request: IncomingMessage,
  response: ServerResponse,
  withhold: (request: IncomingMessage) => void,
): Host {
  let gates: BodyGates | undefined;
  return {
    withholdCredentials() {
      withhold(request);
    },
    head: new NodeHead(response),
    isGone: () => response.closed || request.socket.destroyed,
    headers: () => request.headers,
    onEnd(run) {
      watchRequestEnd(request, response).push(() => {
        run(response.writableFinished);
      });
    },
    interceptBody() {
      gates ??= new BodyGates(response);
    },
    // What was ended after the client had left is not sent.
    hasEnded: () => response.writableEnded && (response.writableFinished || !response.destroyed),
    rewriteBody(choose) {
      gates ??= new BodyGates(response);
      gates.rewrite(choose);
    },
    requestPlainBody: () => requestPlainBody(request),
    endStream() {
      // What still writes finds a stream that has ended; that is no fault to end the process with.
      response.on("error", () => undefined);
      response.end();
    },
    cutOff() {
      response.destroy();
    },
  };
}

class NodeHead implements AnswerHead {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  get status(): number {
    return this.#response.statusCode;
  }

  get isSent(): boolean {
    return this.#response.headersSent;
  }

  getHeader(name: string): string | undefined {
    const value = this.#response.getHeader(name);
    return value === undefined ? undefined : String(value);
  }

  setHeader(name: string, value: string): void {
    this.#response.setHeader(name, value);
  }

  removeHeader(name: string): void {
    this.#response.removeHeader(name);
  }

  replaceBy500(): void {
    const response = this.#response;
    response.statusCode = 500;
    response.statusMessage = "";
    for (const name of response.getHeaderNames()) {
      if (name.startsWith("content-") || name === "etag") response.removeHeader(name);
    }
    response.setHeader("Content-Type", "application/json");
  }
}

/** Asks for a body without encoding, in place of what the client accepts; returns what undoes it. */
function requestPlainBody({ headers, rawHeaders }: IncomingMessage): () => void {
  const accepted = headers["accept-encoding"];
  const raw = [...rawHeaders];
  headers["accept-encoding"] = "identity";
  for (let at = 0; at + 1 < raw.length; at += 2) {
    if (raw[at]?.toLowerCase() === "accept-encoding") rawHeaders[at + 1] = "identity";
  }
  return () => {
    if (accepted === undefined) delete headers["accept-encoding"];
    else headers["accept-encoding"] = accepted;
    rawHeaders.splice(0, rawHeaders.length, ...raw);
  };
}
