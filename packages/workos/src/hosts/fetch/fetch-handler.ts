import type { AuthInfo } from "../../exchange/auth-info.js";
import type { Exchange, Step } from "../../exchange/exchange.js";
import type { Answer } from "../../guard/answer.js";
import type { Settings } from "../../server/configuration.js";
import type { Runtime } from "../../server/runtime.js";
import { describeError } from "../describe-error.js";
import { FAULT } from "../refuse-foreign-host.js";
import { createFieldJudge } from "../withheld-fields.js";
import { FetchHost } from "./fetch-host.js";
import { readRequest } from "./read-request.js";

/** What the code behind the guard is given beside the request: nothing about the caller on a public path. */
export interface FetchContext {
  /** The caller in the MCP SDK's words, without its token. */
  readonly authInfo?: AuthInfo;
  /** The JSON body that was judged; the request's body is its text. */
  readonly parsedBody?: unknown;
}

/** Code behind the guard. */
export type FetchApp = (request: Request, context: FetchContext) => Response | Promise<Response>;

/** Judges a request, and lets the app answer it if it may pass; rejects only with what the app throws. */
export type FetchHandler = (request: Request, app: FetchApp, address?: string) => Promise<Response>;

/** What {@link createFetchHandler} needs. */
export interface FetchHandlerOptions {
  readonly exchange: Exchange;
  readonly settings: Pick<Settings, "trustedProxyCount" | "trustedHeaders">;
  readonly runtime: Pick<Runtime, "trail" | "now">;
  /** Called with each request; what it returns is called when the answer has ended. */
  readonly beginWork?: (() => () => void) | undefined;
}

/** Makes the handler of a server that takes a Request and returns a Response. On a fault of its own it refuses. */
export function createFetchHandler({
  exchange,
  settings,
  runtime: { trail, now },
  beginWork,
}: FetchHandlerOptions): FetchHandler {
  const fateOf = createFieldJudge(settings);
  const refuseFault = (error: unknown, method: string): Response => {
    trail({ kind: "fault", detail: describeError(error) });
    return toResponse(FAULT, method);
  };

  return async (request, app, address) => {
    const { method } = request;
    let host: FetchHost;
    let step: Step;
    let context: FetchContext = {};
    const endWork = beginWork?.();
    try {
      host = new FetchHost(request, fateOf, endWork);
      const asked = readRequest(request, address, now(), host.takeBody);
      step = await exchange.begin(asked, host);
      if (step.kind === "proceed") context = { authInfo: step.authInfo, parsedBody: asked.body };
    } catch (error) {
      endWork?.();
      return refuseFault(error, method);
    }
    switch (step.kind) {
      case "answer":
        return host.send(() => toResponse(step.answer, method), alone);
      case "left":
        endWork?.();
        return new Response(null, { status: 499 });
      case "public":
        endWork?.();
        return new Promise((resolve, reject) => {
          step.run(() => {
            Promise.resolve(host.requestBehind())
              .then((behind) => app(behind, context))
              .then(resolve, reject);
          });
        });
      case "proceed":
        return host.send(() => app(host.requestBehind(), context), step.run);
    }
  };
}

function alone<Result>(next: () => Result): Result {
  return next();
}

function toResponse({ status, headers, body }: Answer, method: string): Response {
  const hasBody = method !== "HEAD" && status !== 204;
  return new Response(hasBody ? body : null, { status, headers });
}
