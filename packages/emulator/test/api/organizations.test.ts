import { NotFoundException } from "@workos-inc/node";
import { describe, expect, it } from "vitest";
import { defaultSeed } from "../../src/index.js";
import { acme, ada, globex, grace } from "../support/oauth-client.js";
import { startServer, useServer } from "../support/fixture.js";
import { errorOf } from "../support/sdk.js";

const server = useServer();

describe("organizations, memberships and roles, through the SDK", () => {
  it("gets and lists organizations", async () => {
    const organization = await server.workos.organizations.getOrganization(acme);
    expect(organization).toMatchObject({
      object: "organization",
      id: acme,
      name: "Acme",
      externalId: null,
    });
    expect(organization.domains).toMatchObject([
      { domain: "acme.test", organizationId: acme, state: "verified" },
    ]);
    const list = async (options?: object): Promise<string[]> =>
      (await server.workos.organizations.listOrganizations(options)).data.map(({ name }) => name);
    expect(await list()).toEqual(["Globex", "Acme"]);
    expect(await list({ order: "asc" })).toEqual(["Acme", "Globex"]);
    expect(await list({ domains: ["globex.test"] })).toEqual(["Globex"]);
  });

  it("lists memberships of a person, of an organization and of both", async () => {
    const both = await server.workos.userManagement.listOrganizationMemberships({
      userId: ada,
      organizationId: acme,
    });
    expect(both.data).toMatchObject([
      {
        object: "organization_membership",
        userId: ada,
        organizationId: acme,
        organizationName: "Acme",
        status: "active",
      },
    ]);
    expect(both.data[0]?.role).toEqual({ slug: "admin" });
    expect(both.data[0]?.roles).toEqual([{ slug: "admin" }]);
    const ofAda = await server.workos.userManagement.listOrganizationMemberships({ userId: ada });
    expect(ofAda.data.map(({ organizationId }) => organizationId)).toEqual([globex, acme]);
    const ofAcme = await server.workos.userManagement.listOrganizationMemberships({
      organizationId: acme,
    });
    expect(ofAcme.data.map(({ userId }) => userId)).toEqual([grace, ada]);
  });

  it("lists active memberships unless told otherwise", async () => {
    const [first, ...rest] = defaultSeed.memberships;
    if (first === undefined) throw new Error("The default seed has memberships.");
    const seed = {
      ...defaultSeed,
      memberships: [{ ...first, status: "inactive" as const }, ...rest],
    };
    const { workos } = await startServer({ seed });
    const list = async (statuses?: ("active" | "inactive" | "pending")[]): Promise<number> =>
      (
        await workos.userManagement.listOrganizationMemberships({
          userId: ada,
          ...(statuses === undefined ? {} : { statuses }),
        })
      ).data.length;
    expect([
      await list(),
      await list(["inactive"]),
      await list(["active", "inactive"]),
      await list(["pending"]),
    ]).toEqual([1, 1, 2, 0]);
  });

  it("gets a membership", async () => {
    const membership = await server.workos.userManagement.getOrganizationMembership(
      "om_01K0GRACEATACME00000000000",
    );
    expect(membership).toMatchObject({
      userId: grace,
      organizationId: acme,
      role: { slug: "member" },
    });
  });

  it("lists roles with their permissions", async () => {
    const { data } = await server.workos.authorization.listOrganizationRoles(acme);
    expect(data.map(({ slug, permissions }) => [slug, permissions])).toEqual([
      ["admin", ["reports:read", "reports:write", "users:manage"]],
      ["member", ["reports:read"]],
    ]);
    expect((await server.workos.authorization.listEnvironmentRoles()).data).toHaveLength(2);
    expect(await server.workos.authorization.getOrganizationRole(acme, "member")).toMatchObject({
      name: "Member",
    });
    expect(await server.workos.authorization.getEnvironmentRole("admin")).toMatchObject({
      type: "EnvironmentRole",
    });
    expect(
      await errorOf(() => server.workos.authorization.getEnvironmentRole("none")),
    ).toBeInstanceOf(NotFoundException);
  });

  it("lists connections", async () => {
    const { data } = await server.workos.sso.listConnections({ organizationId: acme });
    expect(data).toMatchObject([
      { object: "connection", organizationId: acme, type: "OktaSAML", state: "active" },
    ]);
    expect((await server.workos.sso.listConnections({ organizationId: globex })).data).toEqual([]);
  });
});

describe("changing memberships, through the SDK", () => {
  const adaAtAcme = "om_01K0ADAATACME0000000000000";

  it("changes roles, and refuses roles that are not there", async () => {
    const { userManagement } = (await startServer()).workos;
    const changed = await userManagement.updateOrganizationMembership(adaAtAcme, {
      roleSlug: "member",
    });
    expect(changed.role).toEqual({ slug: "member" });
    const several = await userManagement.updateOrganizationMembership(adaAtAcme, {
      roleSlugs: ["admin", "member"],
    });
    expect(several.roles).toEqual([{ slug: "admin" }, { slug: "member" }]);
    for (const options of [{ roleSlug: "owner" }, { roleSlugs: [] }, {}]) {
      const refusal = userManagement.updateOrganizationMembership(adaAtAcme, options);
      await expect(refusal).rejects.toMatchObject({ status: 422 });
    }
  });

  it("deactivates, reactivates and deletes", async () => {
    const { userManagement } = (await startServer()).workos;
    const off = await userManagement.deactivateOrganizationMembership(adaAtAcme);
    expect(off.status).toBe("inactive");
    const on = await userManagement.reactivateOrganizationMembership(adaAtAcme);
    expect(on.status).toBe("active");
    await userManagement.deleteOrganizationMembership(adaAtAcme);
    await expect(userManagement.getOrganizationMembership(adaAtAcme)).rejects.toMatchObject({
      status: 404,
    });
    for (const run of [
      () => userManagement.deactivateOrganizationMembership(adaAtAcme),
      () => userManagement.deleteOrganizationMembership(adaAtAcme),
      () => userManagement.updateOrganizationMembership(adaAtAcme, { roleSlug: "admin" }),
    ]) {
      await expect(run()).rejects.toMatchObject({ status: 404 });
    }
  });

  it("does not switch an invitation on or off", async () => {
    const memberships = defaultSeed.memberships.map((membership) => ({
      ...membership,
      status: "pending" as const,
    }));
    const { userManagement } = (await startServer({ seed: { ...defaultSeed, memberships } }))
      .workos;
    const refusal = userManagement.reactivateOrganizationMembership(adaAtAcme);
    await expect(refusal).rejects.toMatchObject({ status: 422 });
  });
});
