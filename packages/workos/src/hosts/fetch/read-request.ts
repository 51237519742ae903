import type { GuardRequest } from "../../guard/outcome.js";
import { isJson, readJson, type JsonBody } from "../read-json.js";

/** A request, and its body if that was read. */
export interface ReadRequest {
  readonly asked: GuardRequest;
  readonly body: JsonBody | undefined;
}

/**
 * Converts a Fetch request to a `GuardRequest`, and reads a JSON body when there is a credential to judge, or a
 * signature. Does NOT judge any of it.
 *
 * @param address where the request came from, as far as the host knows.
 */
export async function readRequest(
  request: Request,
  address: string | undefined,
  now: () => number,
): Promise<ReadRequest> {
  const { headers, method, signal } = request;
  const receivedAt = now();
  const field = (name: string): string | undefined => headers.get(name) ?? undefined;
  const authorization = field("authorization");
  const signature = field("workos-signature");
  const isRead =
    request.body !== null &&
    (authorization !== undefined || signature !== undefined) &&
    isJson(headers.get("content-type"));
  const body = isRead ? await readBody(request) : undefined;
  const { host, pathname } = new URL(request.url);
  return {
    body,
    asked: {
      method,
      path: pathname,
      authorization: authorization === undefined ? [] : [authorization],
      isPreflight:
        method === "OPTIONS" &&
        headers.has("origin") &&
        headers.has("access-control-request-method"),
      requestedHeaders: field("access-control-request-headers"),
      host: field("host") ?? host,
      origin: field("origin"),
      ...(body === undefined
        ? {}
        : "value" in body
          ? { body: body.value, rawBody: body.raw }
          : { unreadBody: body.unreadBody }),
      signature,
      protocolVersion: field("mcp-protocol-version"),
      address,
      userAgent: field("user-agent"),
      receivedAt,
      isGone: () => signal.aborted,
    },
  };
}

function readBody({ body, bodyUsed, headers }: Request): Promise<JsonBody> | JsonBody {
  // Another has read it, and what it read is not known here.
  if (body === null || bodyUsed) return { unreadBody: "broken" };
  return readJson(body, {
    encoding: headers.get("content-encoding") ?? undefined,
    length: headers.get("content-length") ?? undefined,
  });
}
