import { verifyAccessTokenRequest } from "better-auth/oauth2";
import type { Create } from "./setup.ts";

/** better-auth's function for resource servers; it leaves the answer to its user. */
export const create: Create =
  ({ issuer, jwksUrl, resource }) =>
  async (request, response, next) => {
    try {
      await verifyAccessTokenRequest(
        {
          authorizationHeader: request.headers.authorization,
          method: request.method,
          url: resource,
        },
        { jwksUrl, verifyOptions: { issuer, audience: resource } },
      );
    } catch (error) {
      const { statusCode } = error as { readonly statusCode?: number };
      response.status(statusCode ?? 500).json({ error: "invalid_token" });
      return;
    }
    next();
  };
