import { isAllowedRedirectUri } from "../http/redirect-uri.js";
import type { Client, GrantType } from "./client.js";

export type MetadataDocumentResult =
  | { readonly ok: true; readonly client: Client }
  | { readonly ok: false; readonly message: string };

/**
 * Turns the text of a client ID metadata document into a client (draft-ietf-oauth-client-id-metadata-document section 4).
 *
 * Checks that `client_id` is the URL it came from, character by character, that `client_name` and `redirect_uris` are
 * there, and that the client is public: a secret in a public document is none. Does not fetch anything.
 */
export function readMetadataDocument(clientId: string, text: string): MetadataDocumentResult {
  const document = parseObject(text);
  if (document === undefined) return fail("The client's metadata document is not a JSON object.");
  if (document["client_id"] !== clientId) {
    return fail(
      "The client_id in the client's metadata document is not the document's own address.",
    );
  }
  const name = document["client_name"];
  if (typeof name !== "string" || name.trim() === "")
    return fail("The client's metadata document has no client_name.");
  const redirectUris = readRedirectUris(document["redirect_uris"]);
  if (redirectUris === undefined) {
    return fail("The client's metadata document has no redirect_uris, or one that is not allowed.");
  }
  if ("client_secret" in document || "client_secret_expires_at" in document) {
    return fail("The client's metadata document must not contain a client secret.");
  }
  const method = chooseMethod(document);
  if (method === "private_key_jwt")
    return fail("The emulator does not support private_key_jwt; use none.");
  if (method !== "none") return fail("The client's token_endpoint_auth_method must be none.");
  const grantTypes = readGrantTypes(document["grant_types"]);
  if (grantTypes === undefined)
    return fail("The client's grant_types must include authorization_code.");
  return {
    ok: true,
    client: {
      id: clientId,
      origin: "metadata-document",
      name: name.trim(),
      redirectUris,
      grantTypes,
      credentials: { kind: "public" },
    },
  };
}

// A client such as ChatGPT prefers private_key_jwt and lists none beside it: the server takes the one that it offers.
function chooseMethod(document: Readonly<Record<string, unknown>>): unknown {
  const method = document["token_endpoint_auth_method"];
  const supported = document["token_endpoint_auth_methods_supported"];
  if (!Array.isArray(supported)) return method ?? "none";
  const isNegotiable = method === undefined || method === "private_key_jwt";
  return isNegotiable && supported.includes("none") ? "none" : (method ?? supported[0]);
}

function fail(message: string): MetadataDocumentResult {
  return { ok: false, message };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

function readRedirectUris(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const uris = value.filter(
    (uri): uri is string => typeof uri === "string" && isAllowedRedirectUri(uri),
  );
  return uris.length === value.length ? uris : undefined;
}

// A client may list grants that are not offered here (device codes, say): only the offered ones are kept.
function readGrantTypes(value: unknown): readonly GrantType[] | undefined {
  if (value === undefined) return ["authorization_code", "refresh_token"];
  if (!Array.isArray(value) || !value.includes("authorization_code")) return undefined;
  return value.includes("refresh_token")
    ? ["authorization_code", "refresh_token"]
    : ["authorization_code"];
}
