// #region personas
import type { Persona } from "@xmcp-dev/workos/testing";

const organizationId = "org_01ACME";
const user = { firstName: "Grace" };

export const member: Persona = { organizationId, roles: ["member"], permissions: [], user };
export const lead: Persona = {
  organizationId,
  roles: ["lead"],
  permissions: ["costs:read", "reports:delete"],
  user,
};
export const bot: Persona = { kind: "api-key", organizationId, permissions: [] };
// #endregion personas
