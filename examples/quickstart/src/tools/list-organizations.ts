import { getClient } from "@xmcp-dev/workos";
import type { ToolMetadata } from "xmcp";

export const metadata: ToolMetadata = {
  name: "list_organizations",
  description: "Lists every organization of the WorkOS environment",
  annotations: { readOnlyHint: true },
};

export default async function listOrganizations() {
  const workos = getClient();
  const organizations = await workos.organizations.listOrganizations();
  const shown = organizations.data.map(({ id, name }) => ({ id, name }));
  return JSON.stringify(shown, null, 2);
}
