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

function isNamed(field: string | undefined, name: string): boolean {
  return field?.length === name.length && field.toLowerCase() === name;
}

/** Every field of a name: Node keeps only the first of some that are repeated in `headers`. */
function fieldsOf(rawHeaders: readonly string[], name: string): readonly string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && isNamed(rawHeaders[index - 1], name));
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
  const at = rawHeaders.findIndex(
    (name, index) => index % 2 === 0 && isNamed(name, "authorization"),
  );
  // The guard has let one field pass, never several. It keeps its place: Node counts the raw ones once and for all.
  if (at !== -1) rawHeaders[at + 1] = WITHHELD;
  if (proxies === 0) withholdHearsay(request);
}

/** What a proxy of one's own would say of the caller; without one, whoever calls made it up. */
const HEARSAY = /^(x-(mcp|auth|forwarded)-|forwarded$)/i;

/** Takes off the request what tools might believe of the caller. */
function withholdHearsay({ headers, rawHeaders }: IncomingMessage): void {
  const names = Object.keys(headers).filter((name) => HEARSAY.test(name));
  // Nearly always: what is among the raw fields is in `headers` too.
  if (names.length === 0) return;
  for (const name of names) delete headers[name];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (HEARSAY.test(rawHeaders[at] ?? "")) rawHeaders[at + 1] = "";
  }
}
