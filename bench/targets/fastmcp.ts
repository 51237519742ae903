import { JWKSVerifier } from "fastmcp/auth";
import type { Create } from "./setup.ts";

/** fastmcp's verifier says valid or not; its user answers. */
export const create: Create = ({ issuer, jwksUrl, resource }) => {
  const verifier = new JWKSVerifier({ jwksUri: jwksUrl, issuer, audience: resource });
  return async (request, response, next) => {
    const token = request.headers.authorization?.replace(/^Bearer /i, "") ?? "";
    const { valid } = await verifier.verify(token);
    if (valid) next();
    else response.status(401).set("WWW-Authenticate", "Bearer").json({ error: "invalid_token" });
  };
};
