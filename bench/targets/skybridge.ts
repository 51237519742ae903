import { requireBearerAuth, workosProvider } from "skybridge/server";
import type { Create } from "./setup.ts";

/** skybridge reads the issuer's metadata when it starts, and does not start without it. */
export const create: Create = async ({ issuer, resource, baseUrl }) => {
  const provider = workosProvider({ domain: issuer, audience: resource, baseUrl });
  const { verifier } = await provider.resolve();
  return requireBearerAuth({
    verifier,
    resourceMetadataUrl: `${baseUrl}/.well-known/oauth-protected-resource`,
  });
};
