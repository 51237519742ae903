/* oxlint-disable import/no-default-export -- a tool of xmcp is the default export of its file */
// #region tool
import { getClient, getSession } from "@xmcp-dev/workos";

export default async function myTool() {
  const session = getSession();
  const workos = getClient();

  // List organization memberships
  const memberships = await workos.userManagement.listOrganizationMemberships({
    userId: session.userId,
  });

  // Update the caller's own profile
  const user = await workos.userManagement.updateUser({
    userId: session.userId,
    firstName: "Updated Name",
  });

  return `${user.firstName} belongs to ${memberships.data.length} organizations`;
}
// #endregion tool
