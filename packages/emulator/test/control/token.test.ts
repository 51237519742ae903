import { describe, expect, it } from "vitest";
import { createEmulator, defaultSeed, startEmulator, type TokenInput } from "../../src/index.js";
import { acme, ada, claimsOf, get, globex, grace, headerOf } from "../support/oauth-client.js";
import { apiKeyHeader, sdkFor } from "../support/sdk.js";

const start = Date.UTC(2026, 0, 1);
const now = (): number => start;
const resource = "https://mcp.example/mcp";

describe("token()", () => {
  it("issues what a sign-in gives", async () => {
    const emulator = createEmulator({ now, resource });
    const token = await emulator.token({ as: "grace@acme.test", organization: "Acme" });
    expect(headerOf(token)).toEqual({ alg: "RS256", kid: expect.any(String) });
    const { jti, ...claims } = claimsOf(token);
    expect(jti).toMatch(/^access_token_01/u);
    expect(claims).toEqual({
      iss: "http://127.0.0.1:4100",
      aud: resource,
      sub: grace,
      client_id: expect.stringMatching(/^client_01/u),
      org_id: acme,
      sid: expect.stringMatching(/^app_consent_01/u),
      scope: "openid profile email",
      iat: 1_767_225_600,
      exp: 1_767_225_900,
    });
    const input = {
      as: "grace@acme.test",
      organization: "Acme",
      scopes: ["openid", "profile", "email"],
    };
    const { accessToken } = await emulator.signIn(input);
    const { jti: other, ...signedIn } = claimsOf(accessToken);
    expect(signedIn).toEqual(claims);
    expect(other).not.toBe(jti);
  });

  it.each([
    ["GRACE@ACME.TEST", "Acme"],
    ["Grace Hopper", "acme"],
    [grace, acme],
  ])("finds %s and %s", async (as, organization) => {
    const claims = claimsOf(await createEmulator().token({ as, organization }));
    expect([claims["sub"], claims["org_id"]]).toEqual([grace, acme]);
  });

  it("is for the first user and no organization when it is told nothing", async () => {
    const claims = claimsOf(await createEmulator().token());
    expect(claims["sub"]).toBe(ada);
    expect(claims).not.toHaveProperty("org_id");
    expect(claims["aud"]).toBe("client_01K0ENV1R0NMENT00000000000");
  });

  it("has the audience that a client which registered itself gets", async () => {
    const both = createEmulator({ resource: [resource, "https://b.example/mcp"] });
    expect(claimsOf(await both.token())["aud"]).toBe(resource);
    expect(claimsOf(await both.token({ resource: "https://b.example/mcp" }))["aud"]).toBe(
      "https://b.example/mcp",
    );
    const off = createEmulator({ resource, features: { resourceIndicators: false } });
    expect(claimsOf(await off.token())["aud"]).toBe("client_01K0ENV1R0NMENT00000000000");
  });

  it("lives as long as it is told", async () => {
    const claims = claimsOf(await createEmulator({ now }).token({ expiresInSeconds: 7200 }));
    expect(claims["exp"] - claims["iat"]).toBe(7200);
  });

  it("leaves the consent that its sid names, one for a user, client and organization", async () => {
    const emulator = createEmulator({ resource });
    const input = { as: "grace@acme.test", organization: "Acme" };
    const first = claimsOf(await emulator.token(input));
    expect(claimsOf(await emulator.token(input))["sid"]).toBe(first["sid"]);
    const path = `/user_management/users/${grace}/authorized_applications`;
    const { body } = await get(emulator, path, apiKeyHeader);
    expect(body["data"]).toHaveLength(1);
    expect(body["data"][0].application.client_id).toBe(first["client_id"]);
  });

  it("knows what the API changed", async () => {
    await using emulator = await startEmulator();
    const workos = sdkFor(emulator, emulator.apiKey);
    await workos.userManagement.updateUser({ userId: grace, email: "hopper@acme.test" });
    expect(claimsOf(await emulator.token({ as: "hopper@acme.test" }))["sub"]).toBe(grace);
    await expect(emulator.token({ as: "grace@acme.test" })).rejects.toMatchObject({
      code: "unknown_user",
    });
  });
});

describe("token() of what AuthKit would not issue", () => {
  const seed = {
    ...defaultSeed,
    users: [
      ...defaultSeed.users,
      { id: "user_01TW1N", email: "twin@acme.test", firstName: "Grace", lastName: "Hopper" },
    ],
    memberships: [
      ...defaultSeed.memberships,
      {
        id: "om_01PEND",
        userId: "user_01TW1N",
        organizationId: acme,
        roles: ["member"],
        status: "pending" as const,
      },
    ],
  };

  it.each<[TokenInput, string, string, string]>([
    [
      { as: "grcae@acme.test" },
      "unknown_user",
      "as",
      'The environment has no user "grcae@acme.test". Did you mean grace@acme.test? Known: ada@acme.test, grace@acme.test, alan@turing.test, twin@acme.test.',
    ],
    [
      { as: "Ada Lovelce" },
      "unknown_user",
      "as",
      'The environment has no user "Ada Lovelce". Did you mean ada@acme.test? Known: ada@acme.test, grace@acme.test, alan@turing.test, twin@acme.test.',
    ],
    [
      { as: "Grace Hopper" },
      "unknown_user",
      "as",
      `"Grace Hopper" is the name of more than one user: grace@acme.test is ${grace}, twin@acme.test is user_01TW1N. Use the ID.`,
    ],
    [
      { as: "grace@acme.test", organization: "Acmee" },
      "unknown_organization",
      "organization",
      'The environment has no organization "Acmee". Did you mean Acme? Known: Acme, Globex.',
    ],
    [
      { as: "grace@acme.test", organization: "Globex" },
      "not_a_member",
      "organization",
      "grace@acme.test is not a member of Globex, so AuthKit issues no token for it. Active memberships: Acme.",
    ],
    [
      { as: "alan@turing.test", organization: globex },
      "not_a_member",
      "organization",
      "alan@turing.test is not a member of Globex, so AuthKit issues no token for it. This user has no active membership.",
    ],
    [
      { as: "twin@acme.test", organization: "Acme" },
      "not_a_member",
      "organization",
      "The membership of twin@acme.test in Acme is pending, not active, so AuthKit issues no token for it. This user has no active membership.",
    ],
    [
      { resource: `${resource}/` },
      "unknown_resource",
      "resource",
      `"${resource}/" is not a registered resource indicator, so AuthKit issues no token for it. Did you mean ${resource}? Known: ${resource}. The option resource registers one.`,
    ],
    [
      { scopes: ["openid", "reports:read"] },
      "invalid_argument",
      "scopes",
      'AuthKit has no scope "reports:read". Known: email, offline_access, openid, profile. forgeToken({ claims: { scope } }) takes any.',
    ],
    [
      { expiresInSeconds: -60 },
      "invalid_argument",
      "expiresInSeconds",
      "expiresInSeconds must be a whole number of seconds above 0. For a token that has expired, use advance() or forgeToken().",
    ],
    [
      { user: "grace@acme.test" } as TokenInput,
      "invalid_argument",
      "user",
      "user is not an option of token(). Known: as, organization, resource, scopes, expiresInSeconds.",
    ],
  ])("is refused with the reason: %j", async (input, code, path, message) => {
    const emulator = createEmulator({ seed, resource });
    await expect(emulator.token(input)).rejects.toMatchObject({
      code,
      message,
      problems: [{ path, message }],
    });
  });

  it("is refused where indicators are off, since AuthKit would ignore the resource", async () => {
    const emulator = createEmulator({ resource, features: { resourceIndicators: false } });
    await expect(emulator.token({ resource })).rejects.toMatchObject({ code: "unknown_resource" });
    await expect(createEmulator().token({ resource })).rejects.toThrow("There is none.");
  });

  it("is refused in an environment without users", async () => {
    const emulator = createEmulator({ seed: { organizations: defaultSeed.organizations } });
    await expect(emulator.token()).rejects.toMatchObject({ code: "unknown_user" });
    await expect(emulator.forgeToken()).rejects.toMatchObject({ code: "unknown_user" });
  });
});

describe("forgeToken()", () => {
  it("takes any claim and header member, and loses those that are undefined", async () => {
    const emulator = createEmulator({ now });
    const token = await emulator.forgeToken({
      claims: {
        iss: "https://other.example",
        sid: undefined,
        permissions: ["reports:read"],
        aud: ["a", "b"],
      },
      header: { typ: "JWT", kid: undefined, alg: "none" },
      expiresInSeconds: -10,
    });
    expect(headerOf(token)).toEqual({ typ: "JWT", alg: "none" });
    expect(claimsOf(token)).toMatchObject({
      iss: "https://other.example",
      sub: ada,
      permissions: ["reports:read"],
      aud: ["a", "b"],
      exp: 1_767_225_590,
    });
    expect(claimsOf(token)).not.toHaveProperty("sid");
  });

  it("begins with the default audience, and leaves no trace", async () => {
    const emulator = createEmulator({ resource });
    expect(claimsOf(await emulator.forgeToken())["aud"]).toBe(resource);
    const path = `/user_management/users/${ada}/authorized_applications`;
    expect((await get(emulator, path, apiKeyHeader)).body["data"]).toEqual([]);
  });

  it("refuses options that it does not know", async () => {
    const input = { expiresIn: -60 } as object;
    await expect(createEmulator().forgeToken(input)).rejects.toThrow(
      "expiresIn is not an option of forgeToken(). Did you mean expiresInSeconds?",
    );
  });
});

describe("machineToken()", () => {
  it.each(["client_01K0REP0RTER00000000000000", "Nightly Reporter"])(
    "issues what the client credentials grant gives, for %s",
    async (application) => {
      const emulator = createEmulator({ now, resource });
      const claims = claimsOf(await emulator.machineToken(application));
      expect(claims).toMatchObject({
        sub: "client_01K0REP0RTER00000000000000",
        client_id: "client_01K0REP0RTER00000000000000",
        org_id: acme,
        aud: "client_01K0ENV1R0NMENT00000000000",
      });
      expect(claims).not.toHaveProperty("sid");
    },
  );

  it("refuses what is no name", async () => {
    const application = { name: "Nightly Reporter" } as unknown as string;
    await expect(createEmulator().machineToken(application)).rejects.toMatchObject({
      code: "invalid_argument",
      message: "application must be a non-empty text.",
    });
  });

  it.each(["Nightly Reprter", "Acme Dashboard", "client_01NONE"])(
    "refuses %s with the known ones",
    async (application) => {
      await expect(createEmulator().machineToken(application)).rejects.toMatchObject({
        code: "unknown_application",
        message: expect.stringContaining("Known: Nightly Reporter."),
      });
    },
  );
});
