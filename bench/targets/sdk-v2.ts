import { requireBearerAuth } from "@modelcontextprotocol/express";
import { OAuthError, OAuthErrorCode } from "@modelcontextprotocol/server";
import { createRemoteJWKSet, jwtVerify } from "jose";
import type { Create } from "./setup.ts";

/** As sdk-v1, with the SDK's second version: its Express door over `verifyBearerToken`. */
export const create: Create = ({ issuer, jwksUrl, resource }) => {
  const keys = createRemoteJWKSet(new URL(jwksUrl));
  return requireBearerAuth({
    verifier: {
      verifyAccessToken: async (token) => {
        try {
          const { payload } = await jwtVerify(token, keys, { issuer, audience: resource });
          const { client_id: clientId, scope, exp } = payload;
          return {
            token,
            clientId: typeof clientId === "string" ? clientId : "",
            scopes: typeof scope === "string" ? scope.split(" ") : [],
            ...(exp === undefined ? {} : { expiresAt: exp }),
            extra: payload,
          };
        } catch {
          throw new OAuthError(OAuthErrorCode.InvalidToken, "the token could not be verified");
        }
      },
    },
    resourceMetadataUrl: `${new URL(resource).origin}/.well-known/oauth-protected-resource/mcp`,
  });
};
