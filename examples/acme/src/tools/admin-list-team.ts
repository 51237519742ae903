import { getClient, getSession } from "@xmcp-dev/workos";
import type { ToolMetadata } from "xmcp";

export const metadata: ToolMetadata = {
  name: "admin_list_team",
  description: "Lists who works at the desk, with their roles",
  annotations: { readOnlyHint: true },
};

export default async function adminListTeam() {
  // The rule asks for an organization, so there is one.
  const { organizationId = "" } = getSession();
  const { data } = await getClient().userManagement.listOrganizationMemberships({ organizationId });
  return data.map(({ userId, role }) => `${userId} ${role.slug}`).join("\n");
}
