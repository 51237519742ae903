import type { Client, ClientIdentity } from "../clients/client.js";
import { refusalLocation, type ResponseTarget } from "./authorization-response.js";
import type { AuthorizationServer } from "./authorization-server.js";
import { accept, refuse, type OAuthResult } from "./oauth-error.js";
import { readParameters, repeatedNames, type Parameters } from "./parameters.js";
import { isCodeChallenge } from "./pkce.js";
import { matchesRedirectUri } from "../http/redirect-uri.js";
import { readScope, splitScope } from "./scope.js";

/** An authorization request that passed every check, ready to be put to a person. */
export interface AuthorizationRequest extends ResponseTarget {
  readonly client: ClientIdentity;
  readonly scopes: readonly string[];
  /** As asked for (RFC 8707); whether they are registered is looked at when the code is exchanged. */
  readonly resources: readonly string[];
  readonly codeChallenge: string;
  readonly nonce: string | undefined;
  readonly loginHint: string | undefined;
  readonly organizationHint: string | undefined;
}

export type AuthorizationRequestOutcome =
  | { readonly kind: "valid"; readonly request: AuthorizationRequest }
  /** The client or its redirect URI is in doubt, so the user sees a page and is not redirected. */
  | { readonly kind: "stop"; readonly message: string }
  | { readonly kind: "redirect"; readonly location: string };

const knownPrompts: ReadonlySet<string> = new Set(["none", "login", "consent", "select_account"]);

/**
 * Checks an authorization request (RFC 6749 section 4.1.1, RFC 7636).
 *
 * The client and its redirect URI come first: until both are certain no error may travel to the address in the request,
 * or this server would send people wherever a link leads. Does not check `resource`: like AuthKit, which lets the person
 * sign in and refuses at the token endpoint.
 */
export async function readAuthorizationRequest(
  server: AuthorizationServer,
  search: URLSearchParams,
): Promise<AuthorizationRequestOutcome> {
  const parameters = readParameters(search);
  const repeated = repeatedNames(search);
  const stop = (message: string): AuthorizationRequestOutcome => ({ kind: "stop", message });

  const clientId = parameters.get("client_id");
  const redirectUri = parameters.get("redirect_uri");
  if (clientId === undefined || repeated.includes("client_id"))
    return stop("The request needs one client_id.");
  if (redirectUri === undefined || repeated.includes("redirect_uri"))
    return stop("The request needs one redirect_uri.");
  const found = await server.clients(clientId);
  if (!found.ok) return stop(found.message);
  if (!matchesRedirectUri(found.client.redirectUris, redirectUri)) {
    return stop("The redirect_uri is not one that this client registered.");
  }

  const target = {
    redirectUri,
    state: repeated.includes("state") ? undefined : parameters.get("state"),
  };
  const request =
    repeated.length > 0
      ? refuse("invalid_request", "A parameter occurs more than once.")
      : readDetails(found.client, target, parameters);
  if (request.ok) return { kind: "valid", request: request.value };
  return { kind: "redirect", location: refusalLocation(server, target, request) };
}

function readDetails(
  client: Client,
  target: ResponseTarget,
  parameters: Parameters,
): OAuthResult<AuthorizationRequest> {
  if (parameters.get("request") !== undefined) {
    return refuse("request_not_supported", "Request objects are not supported.");
  }
  if (parameters.get("request_uri") !== undefined) {
    return refuse("request_uri_not_supported", "Request URIs are not supported.");
  }
  const responseType = parameters.get("response_type");
  if (responseType === undefined) return refuse("invalid_request", "The response_type is missing.");
  if (responseType !== "code")
    return refuse("unsupported_response_type", "The response_type can only be code.");
  if ((parameters.get("response_mode") ?? "query") !== "query") {
    return refuse("invalid_request", "The response_mode can only be query.");
  }
  const codeChallenge = parameters.get("code_challenge");
  // Left out, the method would mean "plain" (RFC 7636 section 4.3), which an observer of the request can satisfy.
  if (codeChallenge === undefined || parameters.get("code_challenge_method") !== "S256") {
    return refuse(
      "invalid_request",
      "A code_challenge with code_challenge_method S256 is required.",
    );
  }
  if (!isCodeChallenge(codeChallenge))
    return refuse("invalid_request", "The code_challenge is not an S256 challenge.");
  const scopes = readScope(parameters.get("scope"));
  if (!scopes.ok) return scopes;
  const prompt = splitScope(parameters.get("prompt") ?? "");
  if (
    prompt.some((value) => !knownPrompts.has(value)) ||
    (prompt.includes("none") && prompt.length > 1)
  ) {
    return refuse("invalid_request", "The prompt is not supported.");
  }
  // No user stays signed in here, so a request that forbids asking can never succeed.
  if (prompt.includes("none")) return refuse("login_required", "No user is signed in.");
  return accept({
    ...target,
    client: { id: client.id, name: client.name, origin: client.origin },
    scopes: scopes.value,
    resources: parameters.all("resource"),
    codeChallenge,
    nonce: parameters.get("nonce"),
    loginHint: parameters.get("login_hint"),
    organizationHint: parameters.get("organization_id"),
  });
}
