import { getClient, getSession } from "@xmcp-dev/workos";
import type { ToolMetadata } from "xmcp";

export const metadata: ToolMetadata = {
  name: "list_memberships",
  description: "Lists the organizations the caller belongs to, with the role in each",
  annotations: { readOnlyHint: true },
};

export default async function listMemberships() {
  const workos = getClient();
  const memberships = await workos.userManagement.listOrganizationMemberships({
    userId: getSession().userId,
  });
  const shown = memberships.data.map(({ organizationId, organizationName, role, status }) => ({
    organizationId,
    organizationName,
    role: role.slug,
    status,
  }));
  return JSON.stringify(shown, null, 2);
}
