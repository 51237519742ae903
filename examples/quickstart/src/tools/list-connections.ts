import { getClient, getSession } from "@xmcp-dev/workos";
import type { ToolMetadata } from "xmcp";

export const metadata: ToolMetadata = {
  name: "list_connections",
  description: "Lists the SSO connections of the organization the caller signed in to",
  annotations: { readOnlyHint: true },
};

export default async function listConnections() {
  const { organizationId } = getSession();
  if (organizationId === undefined) return "You signed in without an organization";

  const workos = getClient();
  const connections = await workos.sso.listConnections({ organizationId });
  const shown = connections.data.map(({ id, name, type, state }) => ({ id, name, type, state }));
  return JSON.stringify(shown, null, 2);
}
