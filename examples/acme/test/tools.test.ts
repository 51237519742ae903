// #region test
import { runAs, type Persona } from "@xmcp-dev/workos/testing";
import { expect, test } from "vitest";
import listTeam from "../src/tools/admin-list-team";
import readTicket from "../src/tools/read-ticket";

const agent: Persona = {
  organizationId: "org_01K0ACMEDESK0000000000000",
  roles: ["agent"],
  permissions: ["tickets:read", "tickets:write"],
};
const lead: Persona = {
  ...agent,
  roles: ["lead"],
  permissions: ["tickets:read", "tickets:write", "notes:read"],
};

test("a lead reads the note of a ticket, an agent does not", async () => {
  const ticket = "A-1 Wile E.: The rocket skates went left";
  expect(await runAs(agent, () => readTicket({ id: "A-1" }))).toBe(ticket);
  expect(await runAs(lead, () => readTicket({ id: "A-1" }))).toBe(
    `${ticket}\nNote: Third pair this month`,
  );
});

test("the team is that of the caller's organization", async () => {
  const listOrganizationMemberships = async ({ organizationId = "" }) => ({
    data: [{ userId: `user_01OF_${organizationId}`, role: { slug: "admin" } }],
  });
  const admin = { ...lead, workos: { userManagement: { listOrganizationMemberships } } };
  expect(await runAs(admin, () => listTeam())).toBe(`user_01OF_${lead.organizationId} admin`);
});
// #endregion test

test("a ticket of another desk is none", async () => {
  const stranger: Persona = { ...agent, organizationId: "org_01K0G10BEXDESK00000000000" };
  await expect(runAs(stranger, () => readTicket({ id: "A-1" }))).rejects.toThrow(
    "There is no ticket A-1 at your desk.",
  );
});
