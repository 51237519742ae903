import { describeError } from "../describe-error.js";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Exchange } from "../../exchange/exchange.js";
import type { Answer } from "../../guard/answer.js";
import type { Settings } from "../../server/configuration.js";
import type { Runtime } from "../../server/runtime.js";
import { andThen } from "../../standards/and-then.js";
import { FAULT, refuseForeignHost } from "../refuse-foreign-host.js";
import type { ListeningCheck } from "./listening-check.js";
import type { BodyReader } from "./read-body.js";
import type { MountProof } from "./mount-proof.js";
import { createNodeHost } from "./node-host.js";
import { readRequest, type Request } from "./read-request.js";
import { createWithholding } from "./withhold-credentials.js";

/** A request handler as Express and xmcp call it. */
export interface NodeHandler {
  (
    request: IncomingMessage,
    response: ServerResponse,
    next: (error?: unknown) => void,
  ): Promise<void>;
}

/** What {@link createNodeHandler} needs. */
export interface NodeHandlerOptions {
  readonly exchange: Exchange;
  readonly settings: Pick<Settings, "trustedProxyCount" | "trustedHeaders">;
  readonly runtime: Pick<Runtime, "trail" | "now">;
  readonly listening: ListeningCheck;
  readonly proof: MountProof;
  /** Reads bodies; left out where the host does. */
  readonly bodyReader: BodyReader | undefined;
}

/**
 * Makes the handler of a server with Node's HTTP objects. It never rejects; on a fault of its own it refuses the
 * request. Any other call signature fails closed with a 500.
 */
export function createNodeHandler({
  exchange,
  settings,
  runtime: { trail, now },
  listening,
  proof,
  bodyReader,
}: NodeHandlerOptions): NodeHandler {
  const withhold = createWithholding(settings);
  return async function workosMiddleware(request, response, next) {
    if (typeof next !== "function") {
      trail({
        kind: "fault",
        detail:
          "called without next(): on node:http call the guard with (request, response, () => …); this host may have a subpath of its own",
      });
      failClosed(request, response);
      return refuseForeignHost();
    }
    try {
      if (proof.answer(request, response)) return;
      listening.arrived(request);
      const host = createNodeHost(request, response, withhold);
      const asked = readRequest(request, {
        receivedAt: now(),
        proxies: settings.trustedProxyCount,
        isGone: host.isGone,
        reader: bodyReader,
      });
      await andThen(exchange.begin(asked, host), (step) => {
        switch (step.kind) {
          case "answer":
            send(request, response, step.answer);
            return;
          case "public":
            step.run(next);
            return;
          case "left":
            return;
          case "proceed":
            listening.authenticated(request);
            (request as Request).auth = step.authInfo;
            step.run(next);
        }
      });
    } catch (error) {
      trail({ kind: "fault", detail: describeError(error) });
      failClosed(request, response);
    }
  };
}

function send(request: Request, response: ServerResponse, answer: Answer): void {
  response.statusCode = answer.status;
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  // What was not read of the body is in the next request's way.
  request.resume();
  response.end(request.method === "HEAD" ? undefined : answer.body);
}

/** After a fault of ours the request must end here: nothing behind the guard may run, and nothing may be thrown. */
function failClosed(request: Request, response: ServerResponse): void {
  try {
    if (response.headersSent) response.destroy();
    else send(request, response, FAULT);
  } catch {
    // Nothing can be said over a broken response; an exception here would end the process.
  }
}
