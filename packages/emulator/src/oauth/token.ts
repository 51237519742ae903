import type { Client, GrantType } from "../clients/client.js";
import { exchangeAuthorizationCode } from "./authorization-code-grant.js";
import type { AuthorizationServer, Endpoint } from "./authorization-server.js";
import { authenticateClient, clientRefusalResponse } from "./client-authentication.js";
import { exchangeClientCredentials } from "./client-credentials-grant.js";
import { privateJson, refusalResponse, refuse, type OAuthResult } from "./oauth-error.js";
import { readForm, type Parameters } from "./parameters.js";
import { exchangeRefreshToken } from "./refresh-token-grant.js";
import type { TokenResponse } from "./token-response.js";

type Exchange = (
  server: AuthorizationServer,
  client: Client,
  form: Parameters,
) => Promise<OAuthResult<TokenResponse>>;

const exchanges: Readonly<Record<GrantType, Exchange>> = {
  authorization_code: exchangeAuthorizationCode,
  refresh_token: exchangeRefreshToken,
  client_credentials: exchangeClientCredentials,
};

/** The token endpoint (RFC 6749 section 3.2). */
export function createTokenEndpoint(server: AuthorizationServer): Endpoint {
  return async (request) => {
    const form = await readForm(request);
    if (!form.ok) return refusalResponse(form);
    const grantType = form.value.get("grant_type");
    if (grantType === undefined)
      return refusalResponse(refuse("invalid_request", "The grant_type is missing."));
    if (!isGrantType(grantType)) {
      return refusalResponse(refuse("unsupported_grant_type", "The grant type is not supported."));
    }
    const authentication = await authenticateClient(request, form.value, server.clients);
    if (!authentication.ok)
      return clientRefusalResponse(authentication.refusal, authentication.usedBasic);
    const { client } = authentication;
    if (!client.grantTypes.includes(grantType)) {
      return refusalResponse(
        refuse("unauthorized_client", "The client is not registered for this grant type."),
      );
    }
    const result = await exchanges[grantType](server, client, form.value);
    return result.ok ? privateJson(result.value) : refusalResponse(result);
  };
}

function isGrantType(text: string): text is GrantType {
  return Object.hasOwn(exchanges, text);
}
