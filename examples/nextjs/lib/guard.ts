import { workosNext } from "@xmcp-dev/workos/next";

/** Reads WORKOS_API_KEY, WORKOS_CLIENT_ID, WORKOS_AUTHKIT_DOMAIN and BASE_URL. */
export const guard = workosNext({
  access: { tools: { greet: "authenticated", refund: { permissions: ["refunds:create"] } } },
});
