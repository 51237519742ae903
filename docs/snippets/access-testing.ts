import { explainAccess, type Persona } from "@xmcp-dev/workos/testing";
import { expect, test } from "vitest";
import { access } from "../../examples/acme/src/access.ts";

// #region test
test("a lead gives back 200 dollars, and not a dollar more", async () => {
  const lead: Persona = {
    organizationId: "org_01ACME",
    roles: ["lead"],
    permissions: ["refunds:create"],
  };
  const refund = (dollars: number) =>
    explainAccess(access, lead, { tool: "refund", arguments: { dollars } });

  expect(await refund(200)).toMatchObject({ outcome: "allowed" });
  expect(await refund(201)).toMatchObject({
    outcome: "denied",
    rule: 'access.tools["refund"]',
    reason: "role_missing",
    missing: { role: ["admin"] },
  });
});
// #endregion test
