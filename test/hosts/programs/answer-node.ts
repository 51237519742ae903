import type { IncomingMessage, ServerResponse } from "node:http";
import type { AuthInfo } from "@modelcontextprotocol/server";
import { answerPlain } from "./tools.ts";

/** A request as hosts with Node's objects hand it on. */
export type Arrived = IncomingMessage & { body?: unknown; rawBody?: unknown; auth?: AuthInfo };

/** Answers the two paths beside the endpoint; returns whether the request was to one. */
export function answerNode(request: Arrived, response: ServerResponse): boolean {
  const { method = "", url = "", headers, headersDistinct, rawHeaders, body, rawBody } = request;
  const plain = answerPlain(url.split("?", 1)[0] ?? "", () => ({
    method,
    headers: { headers, headersDistinct, rawHeaders },
    text: Buffer.isBuffer(rawBody) ? rawBody.toString() : "",
    parsedBody: body,
    authInfo: request.auth,
  }));
  if (plain === undefined) return false;
  response.setHeader("content-type", "application/json").end(plain);
  return true;
}
