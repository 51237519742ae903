import type { Client, GrantType, TokenEndpointAuthMethod } from "../clients/client.js";
import { readBoundedBody } from "../http/bounded-body.js";
import { readMediaType } from "../http/media-type.js";
import { createIdentifier } from "../secrets/identifier.js";
import { createSecret } from "../secrets/secret.js";
import type { AuthorizationServer, Endpoint } from "./authorization-server.js";
import { accept, privateJson, refusalResponse, refuse, type OAuthResult } from "./oauth-error.js";
import { isAllowedRedirectUri } from "../http/redirect-uri.js";
import { splitScope, supportedScopes } from "./scope.js";

const bodyLimit = 64 * 1024;
const redirectUriLimit = 50;
const nameLimit = 200;
const grantTypes: readonly GrantType[] = ["authorization_code", "refresh_token"];
const authMethods: readonly TokenEndpointAuthMethod[] = [
  "none",
  "client_secret_basic",
  "client_secret_post",
];

interface Registration {
  readonly redirectUris: readonly string[];
  readonly method: TokenEndpointAuthMethod;
  readonly grantTypes: readonly GrantType[];
  readonly name: string;
}

/**
 * The dynamic client registration endpoint (RFC 7591), open to every client.
 *
 * A client that does not say how it authenticates gets `client_secret_basic`, as with AuthKit. Grant and response types
 * that are not offered, and metadata that this server does not use (logos, contacts, software statements), are neither
 * kept nor echoed.
 */
export function createRegistrationEndpoint(server: AuthorizationServer): Endpoint {
  return async (request) => {
    const body = await readJsonObject(request);
    if (!body.ok) return refusalResponse(body);
    const registration = readRegistration(body.value);
    if (!registration.ok) return refusalResponse(registration);
    const { method, name, redirectUris } = registration.value;
    const id = createIdentifier("client", server.now);
    const secret = method === "none" ? undefined : createSecret();
    const credentials: Client["credentials"] =
      method === "none"
        ? { kind: "public" }
        : { kind: "confidential", secret: secret ?? "", methods: [method] };
    const origin = "dynamic-registration";
    server.registeredClients.add({ ...registration.value, id, origin, credentials });
    const answer = {
      client_id: id,
      client_id_issued_at: Math.floor(server.now() / 1000),
      ...(secret === undefined ? {} : { client_secret: secret, client_secret_expires_at: 0 }),
      client_name: name,
      redirect_uris: redirectUris,
      grant_types: registration.value.grantTypes,
      response_types: ["code"],
      token_endpoint_auth_method: method,
      // Every scope may be asked for later, whatever was named now: a step-up must not need a new registration.
      scope: supportedScopes.join(" "),
    };
    return privateJson(answer, 201);
  };
}

async function readJsonObject(
  request: Request,
): Promise<OAuthResult<Readonly<Record<string, unknown>>>> {
  if (readMediaType(request) !== "application/json") {
    return refuse("invalid_client_metadata", "The body must be application/json.");
  }
  const body = await readBoundedBody(request, bodyLimit);
  if (!body.ok) return refuse("invalid_client_metadata", "The body is too large.");
  try {
    const value: unknown = JSON.parse(body.text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return accept(value as Readonly<Record<string, unknown>>);
    }
  } catch {
    // Falls through: a text that is not JSON and JSON that is not an object get the same answer.
  }
  return refuse("invalid_client_metadata", "The body must be a JSON object.");
}

function readRegistration(body: Readonly<Record<string, unknown>>): OAuthResult<Registration> {
  const redirectUris = readTexts(body["redirect_uris"]);
  if (
    redirectUris === undefined ||
    redirectUris.length === 0 ||
    redirectUris.length > redirectUriLimit
  ) {
    return refuse(
      "invalid_redirect_uri",
      `The redirect_uris must be a list of 1 to ${redirectUriLimit} URIs.`,
    );
  }
  if (!redirectUris.every(isAllowedRedirectUri)) {
    return refuse(
      "invalid_redirect_uri",
      "A redirect URI must be https, http on loopback, or a private-use scheme such as com.example.app (RFC 8252 section 7.1).",
    );
  }
  const method = authMethods.find(
    (known) => known === (body["token_endpoint_auth_method"] ?? "client_secret_basic"),
  );
  if (method === undefined) {
    return refuse(
      "invalid_client_metadata",
      `The token_endpoint_auth_method must be one of ${authMethods.join(", ")}.`,
    );
  }
  const requestedGrants =
    body["grant_types"] === undefined ? grantTypes : readTexts(body["grant_types"]);
  // RFC 7591 section 3.2.1: what is not offered is left out of the answer, as long as the client can do something here.
  if (requestedGrants?.includes("authorization_code") !== true)
    return refuse("invalid_client_metadata", "The grant_types must have authorization_code.");
  const responseTypes =
    body["response_types"] === undefined ? ["code"] : readTexts(body["response_types"]);
  if (responseTypes?.includes("code") !== true)
    return refuse("invalid_client_metadata", "The response_types must have code.");
  const scope = body["scope"] ?? "";
  if (
    typeof scope !== "string" ||
    splitScope(scope).some((name) => !supportedScopes.includes(name))
  ) {
    return refuse(
      "invalid_client_metadata",
      `The scope can only name ${supportedScopes.join(", ")}.`,
    );
  }
  const name = body["client_name"] ?? "";
  if (typeof name !== "string" || name.length > nameLimit) {
    return refuse(
      "invalid_client_metadata",
      `The client_name must be a text of at most ${nameLimit} characters.`,
    );
  }
  return accept({
    redirectUris,
    method,
    grantTypes: grantTypes.filter((known) => requestedGrants.includes(known)),
    name: name.trim() === "" ? "Unnamed client" : name.trim(),
  });
}

function readTexts(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.every((item): item is string => typeof item === "string") ? value : undefined;
}
