import { bearerAuthChallengeResponse, verifyBearerToken } from "mcp-use/oauth";
import { oauthWorkOSProvider } from "mcp-use/oauth/workos";
import type { Create } from "./setup.ts";

/** mcp-use's WorkOS provider behind the bearer check that mcp-use itself uses, without its Fetch server. */
export const create: Create = ({ issuer, resource }) => {
  const provider = oauthWorkOSProvider({ subdomain: issuer, resource });
  const tokens = provider.createTokenVerifier(new URL(resource));
  const verifier = {
    verifyAccessToken: async (token: string) => {
      const authInfo = await tokens.verifyAccessToken(token);
      return { ...authInfo, extra: provider.mapAuthInfo(authInfo) };
    },
  };
  return async (request, response, next) => {
    try {
      await verifyBearerToken(request.headers.authorization, { verifier });
    } catch (error) {
      const answer = bearerAuthChallengeResponse(error, {});
      response.status(answer.status).json(await answer.json());
      return;
    }
    next();
  };
};
