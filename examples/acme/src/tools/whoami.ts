import { getAccess, getSession } from "@xmcp-dev/workos";
import type { ToolMetadata } from "xmcp";

export const metadata: ToolMetadata = {
  name: "whoami",
  description: "Says who is signed in, where, and with which role and permissions",
  annotations: { readOnlyHint: true },
};

export default async function whoami() {
  // Asked for at WorkOS, since AuthKit's tokens leave them out; kept for a minute.
  const { roles, permissions } = await getAccess();
  const { userId, organizationId } = getSession();
  return JSON.stringify({ userId, organizationId, role: roles[0], permissions });
}
