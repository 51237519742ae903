import type { Client } from "../clients/client.js";
import type { AuthorizationServer } from "./authorization-server.js";
import { accept, refuse, type OAuthResult } from "./oauth-error.js";
import type { Parameters } from "./parameters.js";
import { narrowScope } from "./scope.js";
import { issueApplicationToken, type TokenResponse } from "./token-response.js";

/** Gives a machine-to-machine application a token for itself (RFC 6749 section 4.4); `resource` is ignored. */
export async function exchangeClientCredentials(
  server: AuthorizationServer,
  client: Client,
  form: Parameters,
): Promise<OAuthResult<TokenResponse>> {
  if (client.machine === undefined) {
    return refuse(
      "unauthorized_client",
      "Only a machine-to-machine application can use client_credentials.",
    );
  }
  const scopes = narrowScope(client.machine.scopes, form.get("scope"));
  if (!scopes.ok) return scopes;
  const { organizationId } = client.machine;
  return accept(
    await issueApplicationToken(server, {
      clientId: client.id,
      organizationId,
      scopes: scopes.value,
    }),
  );
}
