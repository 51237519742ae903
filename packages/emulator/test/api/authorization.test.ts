import { NotFoundException, UnprocessableEntityException } from "@workos-inc/node";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { defaultSeed, type Seed } from "../../src/index.js";
import { acme, ada, globex, grace } from "../support/oauth-client.js";
import { useServer } from "../support/fixture.js";
import { errorOf } from "../support/sdk.js";

const ADA_AT_ACME = "om_01K0ADAATACME0000000000000";
const GRACE_AT_ACME = "om_01K0GRACEATACME00000000000";

const seed: Seed = {
  ...defaultSeed,
  featureFlags: [
    { slug: "exports", enabled: true, targets: [acme] },
    { slug: "beta", enabled: true, targets: [grace] },
    { slug: "everybody", enabled: true, defaultValue: true },
    { slug: "off", enabled: false, defaultValue: true, targets: [ada] },
  ],
  authorizationResources: [
    {
      id: "authz_resource_01K0PR0JECT00000000000000",
      typeSlug: "project",
      externalId: "apollo",
      name: "Apollo",
      organizationId: acme,
    },
    {
      id: "authz_resource_01K0REP0RT000000000000000",
      typeSlug: "report",
      externalId: "r1",
      name: "First report",
      organizationId: acme,
      parentId: "authz_resource_01K0PR0JECT00000000000000",
    },
  ],
  roleAssignments: [
    {
      membershipId: GRACE_AT_ACME,
      roleSlug: "admin",
      resourceId: "authz_resource_01K0PR0JECT00000000000000",
    },
  ],
};

const server = useServer({ seed }, beforeEach);

describe("feature flags, through the SDK", () => {
  it("are polled by the runtime client", async () => {
    const flags = server.workos.featureFlags.createRuntimeClient();
    onTestFinished(() => flags.close());
    await flags.waitUntilReady({ timeoutMs: 5_000 });
    const on = (context: object): string[] =>
      Object.entries(flags.getAllFlags(context))
        .filter(([, isOn]) => isOn)
        .map(([slug]) => slug);
    expect(on({ userId: ada, organizationId: acme })).toEqual(["exports", "everybody"]);
    expect(on({ userId: grace, organizationId: globex })).toEqual(["beta", "everybody"]);
    expect(on({})).toEqual(["everybody"]);
  });

  it("are listed, for everybody, an organization and a person", async () => {
    const slugs = (list: { data: readonly { slug: string }[] }): string[] =>
      list.data.map(({ slug }) => slug).toSorted();
    expect(slugs(await server.workos.featureFlags.listFeatureFlags())).toEqual([
      "beta",
      "everybody",
      "exports",
      "off",
    ]);
    expect(
      slugs(
        await server.workos.featureFlags.listOrganizationFeatureFlags({ organizationId: acme }),
      ),
    ).toEqual(["everybody", "exports"]);
    expect(slugs(await server.workos.featureFlags.listUserFeatureFlags({ userId: grace }))).toEqual(
      ["beta", "everybody", "exports"],
    );
  });

  it("are switched on and off, and get and lose targets", async () => {
    expect((await server.workos.featureFlags.enableFeatureFlag("off")).enabled).toBe(true);
    expect((await server.workos.featureFlags.disableFeatureFlag("everybody")).enabled).toBe(false);
    await server.workos.featureFlags.addFlagTarget({ slug: "beta", targetId: globex });
    await server.workos.featureFlags.removeFlagTarget({ slug: "exports", targetId: acme });
    const polled = (await server.workos.get<Record<string, object>>("/sdk/feature-flags")).data;
    expect(polled).toMatchObject({
      beta: {
        targets: {
          users: [{ id: grace, enabled: true }],
          organizations: [{ id: globex, enabled: true }],
        },
      },
      everybody: { enabled: false, default_value: true },
      exports: { enabled: true, default_value: false, targets: { organizations: [] } },
      off: { enabled: true },
    });
    expect(await server.workos.featureFlags.getFeatureFlag("beta")).toMatchObject({
      object: "feature_flag",
      name: "beta",
      defaultValue: false,
    });
    expect(await errorOf(() => server.workos.featureFlags.getFeatureFlag("other"))).toBeInstanceOf(
      NotFoundException,
    );
  });
});

describe("fine-grained authorization, through the SDK", () => {
  const check = async (membership: string, permissionSlug: string, externalId = "r1") =>
    (
      await server.workos.authorization.check({
        organizationMembershipId: membership,
        permissionSlug,
        resourceTypeSlug: externalId === "r1" ? "report" : "project",
        resourceExternalId: externalId,
      })
    ).authorized;

  it("looks at roles in the organization, on the resource and above it", async () => {
    expect(await check(ADA_AT_ACME, "reports:write")).toBe(true);
    expect(await check(GRACE_AT_ACME, "reports:write", "apollo")).toBe(true);
    expect(await check(GRACE_AT_ACME, "reports:write")).toBe(true);
    expect(await check("om_01K0ADAATG10BEX00000000000", "reports:read")).toBe(false);
    expect(await check(GRACE_AT_ACME, "unknown")).toBe(false);
    const byId = { organizationMembershipId: ADA_AT_ACME, permissionSlug: "users:manage" };
    const resourceId = "authz_resource_01K0REP0RT000000000000000";
    expect(await server.workos.authorization.check({ ...byId, resourceId })).toEqual({
      authorized: true,
    });
  });

  it("never authorizes an inactive member, and knows what it does not know", async () => {
    await server.workos.userManagement.deactivateOrganizationMembership(ADA_AT_ACME);
    expect(await check(ADA_AT_ACME, "reports:write")).toBe(false);
    expect(await errorOf(() => check("om_01K0N0B0DY", "reports:write"))).toBeInstanceOf(
      NotFoundException,
    );
    expect(await errorOf(() => check(ADA_AT_ACME, "reports:write", "gemini"))).toBeInstanceOf(
      NotFoundException,
    );
  });
});

describe("permissions, through the SDK", () => {
  it("are listed in pages, the newest first", async () => {
    const first = await server.workos.authorization.listPermissions({ limit: 2 });
    expect(first.data.map(({ slug }) => slug)).toEqual(["users:manage", "reports:write"]);
    expect(first.data[0]).toMatchObject({
      object: "permission",
      id: expect.stringMatching(/^perm_[0-9A-Z]{26}$/) as string,
      resourceTypeSlug: "organization",
      system: false,
    });
    const { after } = first.listMetadata;
    const rest = await server.workos.authorization.listPermissions({
      limit: 2,
      after: String(after),
    });
    expect(rest.data.map(({ slug }) => slug)).toEqual(["reports:read"]);
    expect(rest.listMetadata.after).toBeNull();
  });
});

describe("roles get other permissions, through the SDK", () => {
  it("of the environment, for every organization", async () => {
    const role = await server.workos.authorization.setEnvironmentRolePermissions("member", {
      permissions: ["reports:read", "reports:write"],
    });
    expect(role.permissions).toEqual(["reports:read", "reports:write"]);
    const { data } = await server.workos.authorization.listOrganizationRoles(acme);
    expect(data.find(({ slug }) => slug === "member")?.permissions).toEqual([
      "reports:read",
      "reports:write",
    ]);
    const set = (slug: string, permissions: string[]) =>
      errorOf(() =>
        server.workos.authorization.setEnvironmentRolePermissions(slug, { permissions }),
      );
    expect(await set("member", ["unknown"])).toBeInstanceOf(UnprocessableEntityException);
    expect(await set("unknown", [])).toBeInstanceOf(NotFoundException);
  });

  it("of one organization, and not through it what all of them share", async () => {
    const set = () =>
      server.workos.authorization.setOrganizationRolePermissions(acme, "member", {
        permissions: [],
      });
    expect(await errorOf(set)).toBeInstanceOf(NotFoundException);
  });
});
