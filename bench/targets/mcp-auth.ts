import { MCPAuth } from "mcp-auth";
import type { Create } from "./setup.ts";

export const create: Create = ({ issuer, resource }) => {
  const auth = new MCPAuth({
    protectedResources: [
      { metadata: { resource, authorizationServers: [{ issuer, type: "oauth" }] } },
    ],
  });
  return auth.bearerAuth("jwt", { resource, audience: resource });
};
