import type { Client, TokenEndpointAuthMethod } from "../clients/client.js";
import type { ClientDirectory } from "../clients/client-directory.js";
import { isSameSecret } from "../secrets/secret.js";
import { refusalResponse, refuse, type OAuthRefusal } from "./oauth-error.js";
import type { Parameters } from "./parameters.js";

export type ClientAuthentication =
  | { readonly ok: true; readonly client: Client }
  | { readonly ok: false; readonly refusal: OAuthRefusal; readonly usedBasic: boolean };

interface Presented {
  readonly method: TokenEndpointAuthMethod;
  readonly clientId: string;
  readonly secret: string;
}

/**
 * Authenticates the client of a token or introspection request (RFC 6749 section 2.3).
 *
 * Wants exactly one method, and the one the client is registered with. A public client only names itself, so for it
 * this proves nothing: that is what PKCE is for.
 */
export async function authenticateClient(
  request: Request,
  form: Parameters,
  clients: ClientDirectory,
): Promise<ClientAuthentication> {
  const authorization = request.headers.get("authorization");
  const usedBasic = authorization !== null;
  const fail = (refusal: OAuthRefusal): ClientAuthentication => ({ ok: false, refusal, usedBasic });

  if (authorization !== null && form.get("client_secret") !== undefined) {
    return fail(refuse("invalid_request", "The client authenticates in two ways at once."));
  }
  // Without this an assertion that no key was held against would count as a public client's request.
  if (form.get("client_assertion") !== undefined || form.get("client_assertion_type") !== undefined)
    return fail(refuse("invalid_client", "The emulator does not support private_key_jwt."));
  const presented = authorization === null ? readBody(form) : readBasic(authorization);
  if (presented === undefined)
    return fail(refuse("invalid_client", "The request does not say which client sends it."));
  if (form.get("client_id") !== undefined && form.get("client_id") !== presented.clientId) {
    return fail(refuse("invalid_request", "The client_id is not the one that authenticates."));
  }
  const found = await clients(presented.clientId);
  if (!found.ok) return fail(refuse("invalid_client", found.message));
  if (isProven(found.client, presented)) return { ok: true, client: found.client };
  return fail(
    refuse(
      "invalid_client",
      "Client authentication failed, or its method is not the registered one.",
    ),
  );
}

/** The answer to a client that did not authenticate: 401, with a Basic challenge if it tried Basic (section 5.2). */
export function clientRefusalResponse(refusal: OAuthRefusal, usedBasic: boolean): Response {
  if (refusal.error !== "invalid_client") return refusalResponse(refusal);
  const headers: Record<string, string> = usedBasic
    ? { "WWW-Authenticate": 'Basic realm="AuthKit emulator"' }
    : {};
  return refusalResponse(refusal, { status: 401, headers });
}

function isProven({ credentials }: Client, presented: Presented): boolean {
  if (credentials.kind === "public") return presented.method === "none";
  const isRegisteredMethod = credentials.methods.some((method) => method === presented.method);
  return isRegisteredMethod && isSameSecret(presented.secret, credentials.secret);
}

function readBody(form: Parameters): Presented | undefined {
  const clientId = form.get("client_id");
  const secret = form.get("client_secret");
  if (clientId === undefined) return undefined;
  return secret === undefined
    ? { method: "none", clientId, secret: "" }
    : { method: "client_secret_post", clientId, secret };
}

// RFC 6749 section 2.3.1: id and secret are form-encoded before they are joined, so a colon in either is no ambiguity.
function readBasic(authorization: string): Presented | undefined {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/iu.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  const pair = Buffer.from(encoded, "base64").toString("utf8");
  const colon = pair.indexOf(":");
  if (colon < 1) return undefined;
  const clientId = decodeForm(pair.slice(0, colon));
  const secret = decodeForm(pair.slice(colon + 1));
  if (clientId === undefined || secret === undefined) return undefined;
  return { method: "client_secret_basic", clientId, secret };
}

function decodeForm(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}
