import { getClient, getSession } from "@xmcp-dev/workos";
import type { ToolMetadata } from "xmcp";

export const metadata: ToolMetadata = {
  name: "organization",
  description: "Shows the organization the caller signed in to",
  annotations: { readOnlyHint: true },
};

export default async function organization() {
  const { organizationId } = getSession();
  if (organizationId === undefined) return "You signed in without an organization";

  const workos = getClient();
  const { id, name, domains } = await workos.organizations.getOrganization(organizationId);
  return JSON.stringify({ id, name, domains: domains.map(({ domain }) => domain) }, null, 2);
}
