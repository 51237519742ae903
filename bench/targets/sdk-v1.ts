import { InvalidTokenError } from "@modelcontextprotocol/sdk/server/auth/errors.js";
import { requireBearerAuth } from "@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js";
import { createRemoteJWKSet, jwtVerify } from "jose";
import type { Create } from "./setup.ts";

/** The SDK leaves verifying to its user; this is how its examples and most servers do it. */
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
            issuer,
            clientId: typeof clientId === "string" ? clientId : "",
            scopes: typeof scope === "string" ? scope.split(" ") : [],
            ...(exp === undefined ? {} : { expiresAt: exp }),
            extra: payload,
          };
        } catch {
          throw new InvalidTokenError("the token could not be verified");
        }
      },
    },
    resourceMetadataUrl: `${new URL(resource).origin}/.well-known/oauth-protected-resource/mcp`,
  });
};
