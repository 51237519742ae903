import type { IncomingMessage } from "node:http";
import type { GuardRequest } from "../../guard/outcome.js";
import { findClientAddress } from "./client-address.js";
import { BODILESS } from "../../standards/bodiless.js";
import type { BodyReader } from "./read-body.js";
import type { AuthInfo } from "../../exchange/auth-info.js";

/** A request as Express and xmcp hand it on. */
export type Request = IncomingMessage & {
  originalUrl?: string;
  auth?: AuthInfo;
  body?: unknown;
  /** The body before it was parsed, as some hosts keep it. */
  rawBody?: unknown;
};

/** What a Node request is converted with. */
export interface ReadOptions {
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** Reverse proxies of the operator's that a request passes. */
  readonly proxies: number;
  readonly isGone: () => boolean;
  /** Reads bodies where the host does not. */
  readonly reader: BodyReader | undefined;
}

/** Converts a Node request to a `GuardRequest`. Does NOT judge any of it. */
export function readRequest(
  request: Request,
  { receivedAt, proxies, isGone, reader }: ReadOptions,
): GuardRequest {
  const { method = "GET", headers } = request;
  const { body, rawBody, unreadBody } = readBody(request);
  const hasBody = isBodyAnnounced(request);
  const asked: GuardRequest = {
    method,
    path: readPath(request),
    authorization: readAuthorization(request),
    isPreflight:
      method === "OPTIONS" &&
      headers.origin !== undefined &&
      headers["access-control-request-method"] !== undefined,
    requestedHeaders: headers["access-control-request-headers"],
    host: readHost(request),
    origin: headers.origin,
    body,
    rawBody,
    unreadBody,
    signature: headers["workos-signature"]?.toString(),
    protocolVersion: headers["mcp-protocol-version"]?.toString(),
    address: findClientAddress(request, proxies),
    userAgent: headers["user-agent"],
    receivedAt,
    isGone,
    hasBody,
    isResumption: headers["last-event-id"] !== undefined,
    readBody:
      reader === undefined || (!hasBody && BODILESS.has(method))
        ? undefined
        : () => reader.readJson(request)?.then((read) => void Object.assign(asked, read)),
    readText: reader && ((maxBytes) => reader.readText(request, maxBytes)),
  };
  return asked;
}

/** Whether a request has a body (RFC 9112 §6.3). */
function isBodyAnnounced({
  headers,
  stream,
}: IncomingMessage & { readonly stream?: { readonly endAfterHeaders?: boolean } }): boolean {
  return (
    headers["transfer-encoding"] !== undefined ||
    Number(headers["content-length"] ?? 0) !== 0 ||
    // HTTP/2 announces none.
    stream?.endAfterHeaders === false
  );
}

/** The path of a request as the client sent it, without its query. */
export function readPath(request: IncomingMessage & { originalUrl?: string }): string {
  return (request.originalUrl ?? request.url ?? "").split("?", 1)[0] ?? "";
}

/** Every field of a name: Node keeps only the first of some that are repeated in `headers`. */
function readFields(rawHeaders: readonly string[], name: string): readonly string[] {
  const fields: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const field = rawHeaders[at];
    if (field?.length === name.length && field.toLowerCase() === name) {
      fields.push(rawHeaders[at + 1] ?? "");
    }
  }
  return fields;
}

/** Every Authorization field: the raw ones or, where a host has none or a middleware set the field, the parsed ones. */
function readAuthorization({ rawHeaders, headers }: Request): readonly string[] {
  const raw = readFields(rawHeaders, "authorization");
  if (raw.length > 0) return raw;
  return Object.entries(headers)
    .filter(([name]) => name.toLowerCase() === "authorization")
    .flatMap(([, value]) => value ?? [])
    .map(String);
}

/** Reads the body, which some hosts parse when it is first read (Vercel): broken JSON throws there. */
function readBody(request: Request): Pick<GuardRequest, "body" | "rawBody" | "unreadBody"> {
  let body: unknown;
  let unreadBody: GuardRequest["unreadBody"];
  try {
    ({ body } = request);
  } catch {
    unreadBody = "broken";
  }
  try {
    return { body, rawBody: request.rawBody, unreadBody };
  } catch {
    return { body, rawBody: undefined, unreadBody };
  }
}

/**
 * The host that a request is for: that of an absolute target, before the Host field (RFC 9112 §3.2.2). Several Host
 * fields, of which a request must not have more than one, are no host at all (§3.2).
 */
function readHost({ originalUrl, url = "", rawHeaders, headers }: Request): string | undefined {
  const asked = originalUrl ?? url;
  const target = asked.startsWith("/")
    ? undefined
    : /^[a-z][\w+.-]*:\/\/([^/?#]*)/i.exec(asked)?.[1];
  const fields = readFields(rawHeaders, "host");
  return target ?? (fields.length > 1 ? fields.join(", ") : headers.host);
}
