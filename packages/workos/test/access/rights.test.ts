import { describe, expect, it } from "vitest";
import {
  resolveMembership,
  resolveRights,
  whoIs,
  type RightsSources,
} from "../../src/access/rights.js";
import type { VerifiedCredential } from "../../src/credential/verify-credential.js";

const MEMBER = { id: "om_01", roles: ["admin"], permissions: ["reports:write"] };
const BOTH = { needsRoles: true, needsPermissions: true, needsFeatureFlags: true };
const NEITHER = { needsRoles: false, needsPermissions: false, needsFeatureFlags: false };

/** Sources that note what they were asked. */
function sources({ isSilent = false, isLate = false } = {}): RightsSources & { asked: string[] } {
  const asked: string[] = [];
  const found = isSilent ? { kind: "unavailable" } : { kind: "known", value: MEMBER };
  return {
    asked,
    memberships: {
      find: (userId: string, organizationId: string) => {
        asked.push(`member ${userId} ${organizationId}`);
        return isLate ? Promise.resolve(found) : found;
      },
    },
    featureFlags: {
      isEnabled: (slug: string, who: object) => {
        asked.push(`flag "${slug}" ${JSON.stringify(who)}`);
        if (isLate && slug === "") return Promise.resolve(true);
        return isSilent ? undefined : slug === "beta";
      },
    },
  } as never;
}

const person = (authkit: object = {}): VerifiedCredential =>
  ({
    kind: "access-token",
    principal: { kind: "user", id: "user_01ADA" },
    authkit: { organizationId: "org_01ACME", scopes: ["openid"], ...authkit },
  }) as never;
const application = {
  kind: "access-token",
  principal: { kind: "application", id: "client_01" },
  authkit: { organizationId: "org_01ACME", scopes: ["a"] },
} as never;
const key = {
  kind: "api-key",
  key: { id: "api_key_01", organizationId: "org_01ACME", permissions: ["reports:read"] },
} as never;
const WHO = '{"userId":"user_01ADA","organizationId":"org_01ACME"}';

describe("what a caller has", () => {
  it("is asked of WorkOS when the token leaves it out and a rule needs it", () => {
    const from = sources();
    const rights = resolveRights(person(), BOTH, from);
    expect(rights).toMatchObject({
      caller: "user",
      organizationId: "org_01ACME",
      scopes: ["openid"],
      roles: ["admin"],
      permissions: ["reports:write"],
    });
    expect(rights).not.toBeInstanceOf(Promise);
    expect(from.asked).toEqual(["member user_01ADA org_01ACME", `flag "" ${WHO}`]);
    expect((rights as { hasFlag: (slug: string) => unknown }).hasFlag("beta")).toBe(true);
    expect(from.asked.at(-1)).toBe(`flag "beta" ${WHO}`);
  });

  it("is not asked for when no rule needs it", () => {
    const from = sources();
    expect(resolveRights(person(), NEITHER, from)).toMatchObject({
      roles: [],
      permissions: [],
    });
    expect(from.asked).toEqual([]);
  });

  it("is what the claims say, when they say it", () => {
    const from = sources();
    const claims = { role: "member", permissions: ["p"], featureFlags: ["gamma"] };
    const rights = resolveRights(person(claims), BOTH, from);
    expect(rights).toMatchObject({ roles: ["member"], permissions: ["p"] });
    const { hasFlag } = rights as { hasFlag: (slug: string) => unknown };
    expect([hasFlag("gamma"), hasFlag("beta")]).toEqual([true, false]);
    expect(from.asked).toEqual([]);
    expect(resolveRights(person({ ...claims, roles: ["a", "b"] }), BOTH, from)).toMatchObject({
      roles: ["a", "b"],
    });
    expect(from.asked).toEqual([]);
  });

  it.each([
    ["permissions", { permissions: ["p"] }, { ...NEITHER, needsPermissions: true }],
    ["roles", { role: "member" }, { ...NEITHER, needsRoles: true }],
    ["roles", { roles: ["member"] }, { ...NEITHER, needsRoles: true }],
  ])("the claimed %s are enough where nothing else is needed", (_, claims, needs) => {
    const from = sources();
    expect(resolveRights(person(claims), needs, from)).toMatchObject(
      "permissions" in claims ? claims : { roles: ["member"] },
    );
    expect(from.asked).toEqual([]);
    // Not to be had, but not asked for.
    const silent = resolveRights(person(claims), needs, sources({ isSilent: true }));
    expect(silent).toMatchObject({ roles: expect.any(Array), permissions: expect.any(Array) });
  });

  it.each([
    ["roles", { ...NEITHER, needsRoles: true }],
    ["permissions", { ...NEITHER, needsPermissions: true }],
  ])("needing the %s alone makes all of the membership known", (_, needs) => {
    const from = sources();
    expect(resolveRights(person(), needs, from)).toMatchObject({
      roles: ["admin"],
      permissions: ["reports:write"],
    });
    expect(from.asked).toEqual(["member user_01ADA org_01ACME"]);
  });

  it.each([
    ["roles", { permissions: ["p"] }, { roles: ["admin"], permissions: ["p"] }],
    ["permissions", { roles: ["r"] }, { roles: ["r"], permissions: ["reports:write"] }],
  ])("the %s are asked for when only the other is claimed", (_, claims, rights) => {
    const from = sources();
    expect(
      resolveRights(person(claims), { ...BOTH, needsFeatureFlags: false }, from),
    ).toMatchObject(rights);
    expect(from.asked).toEqual(["member user_01ADA org_01ACME"]);
  });

  it("is nothing without an organization, and for machines, and WorkOS is not asked", () => {
    const from = sources();
    const needs = { ...BOTH, needsFeatureFlags: false };
    for (const credential of [person({ organizationId: undefined }), application]) {
      expect(resolveRights(credential, needs, from)).toMatchObject({ roles: [], permissions: [] });
    }
    expect(resolveRights(key, needs, from)).toMatchObject({
      caller: "api-key",
      organizationId: "org_01ACME",
      scopes: [],
      roles: [],
      permissions: ["reports:read"],
    });
    expect(from.asked).toEqual([]);
  });

  it("is unknown when WorkOS is silent, and comes later when it takes its time", async () => {
    const silent = resolveRights(person(), BOTH, sources({ isSilent: true }));
    expect(silent).toMatchObject({
      roles: undefined,
      permissions: undefined,
    });
    expect((silent as { hasFlag: (slug: string) => unknown }).hasFlag("beta")).toBeUndefined();
    const late = resolveRights(person(), BOTH, sources({ isLate: true }));
    expect(late).toBeInstanceOf(Promise);
    expect(await late).toMatchObject({ roles: ["admin"] });
  });
});

describe("who a caller is", () => {
  it("is its kind and its organization, as the credential says", () => {
    expect([person(), person({ organizationId: undefined }), application, key].map(whoIs)).toEqual([
      { caller: "user", organizationId: "org_01ACME" },
      { caller: "user", organizationId: undefined },
      { caller: "application", organizationId: "org_01ACME" },
      { caller: "api-key", organizationId: "org_01ACME" },
    ]);
  });
});

describe("the membership", () => {
  it("is that of a person in the session's organization, and of no other caller", () => {
    const from = sources();
    expect(resolveMembership(person(), from)).toMatchObject({
      kind: "known",
      value: { id: "om_01" },
    });
    expect(from.asked).toEqual(["member user_01ADA org_01ACME"]);
    for (const credential of [person({ organizationId: undefined }), application, key]) {
      expect(resolveMembership(credential, from)).toEqual({ kind: "known", value: undefined });
    }
    expect(from.asked).toHaveLength(1);
  });

  it("is not to be had while WorkOS is silent", () => {
    expect(resolveMembership(person(), sources({ isSilent: true }))).toEqual({
      kind: "unavailable",
    });
  });
});
