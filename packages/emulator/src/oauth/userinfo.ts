import { profileClaims } from "../tokens/user-claims.js";
import type { AuthorizationServer, Endpoint } from "./authorization-server.js";
import { privateJson, refusalResponse, refuse, type OAuthErrorCode } from "./oauth-error.js";
import { splitScope } from "./scope.js";

/** The userinfo endpoint (OpenID Connect Core section 5.3): what the token's scopes open about its person. */
export function createUserinfoEndpoint(server: AuthorizationServer): Endpoint {
  return async (request) => {
    const token = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/iu.exec(
      request.headers.get("authorization") ?? "",
    )?.[1];
    // RFC 6750 section 3.1: a request without a token is told nothing but the scheme.
    if (token === undefined)
      return new Response(null, { status: 401, headers: { "WWW-Authenticate": "Bearer" } });
    const claims = await server.keys.verify(token);
    const isOurs =
      claims !== undefined && claims.iss === server.issuer() && claims["client_id"] !== undefined;
    const user = isOurs ? server.environment.users.find(claims.sub ?? "") : undefined;
    if (claims === undefined || user === undefined || server.families.isRevoked(claims.jti ?? "")) {
      return challenge(
        "invalid_token",
        "The access token is invalid, expired, revoked or not a person's.",
        401,
      );
    }
    const { scope } = claims;
    const scopes = splitScope(typeof scope === "string" ? scope : "");
    if (!scopes.includes("openid"))
      return challenge("insufficient_scope", "The openid scope is needed.", 403);
    return privateJson(profileClaims(user, scopes));
  };
}

function challenge(error: OAuthErrorCode, description: string, status: number): Response {
  const headers = {
    "WWW-Authenticate": `Bearer error="${error}", error_description="${description}"`,
  };
  return refusalResponse(refuse(error, description), { status, headers });
}
