import type { IncomingMessage } from "node:http";
import type { GuardRequest } from "../guard/guard.js";
import { addressOf } from "./address.js";
import { WITHHELD, type AuthInfo } from "./auth-info.js";

/** A request as Express and xmcp hand it on. */
export type Request = IncomingMessage & {
  originalUrl?: string;
  auth?: AuthInfo;
  body?: unknown;
  /** The body before it was parsed, as some hosts keep it. */
  rawBody?: unknown;
};

/** Says a request in the guard's words. Does NOT judge any of it. */
export function translate(request: Request, receivedAt: number, proxies: number): GuardRequest {
  const { method = "GET", rawHeaders, headers } = request;
  return {
    method,
    path: (request.originalUrl ?? request.url ?? "").split("?", 1)[0] ?? "",
    authorization: fieldsOf(rawHeaders, "authorization"),
    isPreflight:
      method === "OPTIONS" &&
      headers.origin !== undefined &&
      headers["access-control-request-method"] !== undefined,
    requestedHeaders: headers["access-control-request-headers"],
    host: hostOf(request),
    origin: headers.origin,
    body: request.body,
    rawBody: request.rawBody,
    signature: headers["workos-signature"]?.toString(),
    protocolVersion: headers["mcp-protocol-version"]?.toString(),
    address: addressOf(request, proxies),
    userAgent: headers["user-agent"],
    receivedAt,
  };
}

/** Where the next field of a name begins among the raw ones, each a name and a value; -1 when there is none. */
function nextField(rawHeaders: readonly string[], name: string, from = 0): number {
  for (let at = from; at < rawHeaders.length; at += 2) {
    const field = rawHeaders[at];
    if (field?.length === name.length && field.toLowerCase() === name) return at;
  }
  return -1;
}

/** Every field of a name: Node keeps only the first of some that are repeated in `headers`. */
function fieldsOf(rawHeaders: readonly string[], name: string): readonly string[] {
  const fields: string[] = [];
  for (let at = nextField(rawHeaders, name); at !== -1; at = nextField(rawHeaders, name, at + 2)) {
    fields.push(rawHeaders[at + 1] ?? "");
  }
  return fields;
}

/**
 * The host that a request is for: that of an absolute target, before the Host field (RFC 9112 §3.2.2). Several Host
 * fields, of which a request must not have more than one, are no host at all (§3.2).
 */
function hostOf({ originalUrl, url = "", rawHeaders, headers }: Request): string | undefined {
  const asked = originalUrl ?? url;
  const target = asked.startsWith("/")
    ? undefined
    : /^[a-z][\w+.-]*:\/\/([^/?#]*)/i.exec(asked)?.[1];
  const fields = fieldsOf(rawHeaders, "host");
  return target ?? (fields.length > 1 ? fields.join(", ") : headers.host);
}

/**
 * Takes the credential off the request once it has been judged: tools can read
 * header fields, and none of them may pass the caller's token on (MCP, token passthrough).
 */
export function withhold(request: Request, proxies: number): void {
  request.headers.authorization = WITHHELD;
  const { rawHeaders } = request;
  const at = nextField(rawHeaders, "authorization");
  // The guard has let one field pass, never several. It keeps its place: Node counts the raw ones once and for all.
  if (at !== -1) rawHeaders[at + 1] = WITHHELD;
  // Made of the raw ones when somebody asks, and kept: whoever asked before the guard may have left it there.
  (request as { headersDistinct: unknown }).headersDistinct = null;
  if (proxies === 0) withholdHearsay(request);
}

/** What a proxy of one's own would say of the caller; without one, whoever calls made it up. */
const HEARSAY = /^(x-(mcp|auth|forwarded)-|forwarded$)/;

/** Takes off the request what tools might believe of the caller. */
function withholdHearsay({ headers, rawHeaders }: IncomingMessage): void {
  for (const name of Object.keys(headers)) {
    // Every request passes here: the names that are worth a look are told by their first letter.
    if (!(name.startsWith("x") || name.startsWith("f")) || !HEARSAY.test(name)) continue;
    delete headers[name];
    for (
      let at = nextField(rawHeaders, name);
      at !== -1;
      at = nextField(rawHeaders, name, at + 2)
    ) {
      rawHeaders[at + 1] = "";
    }
  }
}
