import { BODILESS } from "../../standards/bodiless.js";
import type { GuardRequest } from "../../guard/outcome.js";
import { isJson, readJson, readText, type BodyFields, type JsonBody } from "../read-json.js";

/**
 * Converts a Fetch request to a `GuardRequest`. Does NOT judge any of it.
 *
 * @param address where the request came from, as far as the host knows.
 * @param onBody receives the body, once it is read.
 */
export function readRequest(
  request: Request,
  address: string | undefined,
  receivedAt: number,
  onBody: (body: JsonBody) => void,
): GuardRequest {
  const { body, headers, method, signal } = request;
  const field = (name: string): string | undefined => headers.get(name) ?? undefined;
  const authorization = field("authorization");
  const { host, pathname } = new URL(request.url);
  const fields: BodyFields = {
    encoding: field("content-encoding"),
    length: field("content-length"),
  };
  // Of other methods a body that is not announced is not passed on either.
  const hasBody = body !== null && (!BODILESS.has(method) || isAnnounced(fields, headers));
  const read = async (stream: NonNullable<typeof body>): Promise<void> => {
    // What another has read is not known here.
    const json: JsonBody = request.bodyUsed
      ? { unreadBody: "broken" }
      : await readJson(stream, fields);
    onBody(json);
    if ("value" in json) asked.body = json.value;
    else asked.unreadBody = json.unreadBody;
  };
  const asked: GuardRequest = {
    method,
    path: pathname,
    authorization: authorization === undefined ? [] : [authorization],
    isPreflight:
      method === "OPTIONS" && headers.has("origin") && headers.has("access-control-request-method"),
    requestedHeaders: field("access-control-request-headers"),
    host: field("host") ?? host,
    origin: field("origin"),
    signature: field("workos-signature"),
    protocolVersion: field("mcp-protocol-version"),
    address,
    userAgent: field("user-agent"),
    receivedAt,
    isGone: () => signal.aborted,
    hasBody,
    isResumption: headers.has("last-event-id"),
    readBody: () => (hasBody && isJson(headers.get("content-type")) ? read(body) : undefined),
    readText: (maxBytes) =>
      body === null || request.bodyUsed ? undefined : readText(body, fields, maxBytes),
  };
  return asked;
}

function isAnnounced({ length }: BodyFields, headers: Headers): boolean {
  return headers.has("transfer-encoding") || Number(length ?? 0) !== 0;
}
