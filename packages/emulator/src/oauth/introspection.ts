import type { AuthorizationServer, Endpoint } from "./authorization-server.js";
import { authenticateClient, clientRefusalResponse } from "./client-authentication.js";
import { privateJson, refusalResponse, refuse } from "./oauth-error.js";
import { readForm } from "./parameters.js";

/**
 * The introspection endpoint (RFC 7662), for confidential applications only.
 *
 * Like AuthKit's, the answer has neither `aud` nor `scope`: a resource server cannot check its audience by it.
 */
export function createIntrospectionEndpoint(server: AuthorizationServer): Endpoint {
  return async (request) => {
    const form = await readForm(request);
    if (!form.ok) return refusalResponse(form);
    const authentication = await authenticateClient(request, form.value, server.clients);
    if (!authentication.ok)
      return clientRefusalResponse(authentication.refusal, authentication.usedBasic);
    if (authentication.client.credentials.kind === "public") {
      const refusal = refuse(
        "invalid_client",
        "Introspection needs a confidential application's credentials.",
      );
      return clientRefusalResponse(refusal, false);
    }
    const token = form.value.get("token");
    if (token === undefined)
      return refusalResponse(refuse("invalid_request", "The token is missing."));
    return privateJson(
      (await describeAccessToken(server, token)) ?? describeRefreshToken(server, token),
    );
  };
}

async function describeAccessToken(
  server: AuthorizationServer,
  token: string,
): Promise<Record<string, unknown> | undefined> {
  const claims = await server.keys.verify(token);
  if (claims === undefined || claims.iss !== server.issuer()) return undefined;
  // An ID token is signed with the same keys, and is not an access token.
  if (claims["client_id"] === undefined || server.families.isRevoked(claims.jti ?? ""))
    return undefined;
  const { iss, sub, jti, iat, exp } = claims;
  const { client_id, sid, org_id } = claims;
  return {
    active: true,
    token_type: "access_token",
    iss,
    sub,
    client_id,
    sid,
    org_id,
    jti,
    iat,
    exp,
  };
}

function describeRefreshToken(server: AuthorizationServer, token: string): Record<string, unknown> {
  const lookup = server.families.find(token);
  if (lookup.kind !== "current") return { active: false };
  const { clientId, userId, consentId, organizationId } = lookup.grant;
  return {
    active: true,
    token_type: "refresh_token",
    iss: server.issuer(),
    sub: userId,
    client_id: clientId,
    sid: consentId,
    org_id: organizationId,
  };
}
