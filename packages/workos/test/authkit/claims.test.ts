import { describe, expect, it } from "vitest";
import { readAuthKitClaims } from "../../src/authkit/claims.js";

const CLAIMS = {
  iss: "https://acme.authkit.app",
  sub: "user_01ADA",
  aud: "https://mcp.example.com/mcp",
  exp: 1_800_000_000,
  iat: 1_699_999_000,
  sid: "app_consent_01",
  client_id: "client_01APP",
};

describe("T-16: readAuthKitClaims", () => {
  it("reads everything AuthKit may say", () => {
    expect(
      readAuthKitClaims({
        ...CLAIMS,
        scope: "openid email",
        org_id: "org_01ACME",
        role: "admin",
        roles: ["admin", "auditor"],
        permissions: ["reports:read"],
        act: { sub: "dashboard_user_1" },
      }),
    ).toEqual({
      ok: true,
      value: {
        principal: { kind: "user", id: "user_01ADA", sessionId: "app_consent_01" },
        clientId: "client_01APP",
        scopes: ["openid", "email"],
        organizationId: "org_01ACME",
        role: "admin",
        roles: ["admin", "auditor"],
        permissions: ["reports:read"],
        impersonator: "dashboard_user_1",
      },
    });
  });

  it.each([undefined, null])("takes %j for an absent claim", (nothing) => {
    expect(
      readAuthKitClaims({
        ...CLAIMS,
        org_id: nothing,
        role: nothing,
        roles: nothing,
        permissions: nothing,
        act: nothing,
      }),
    ).toEqual({
      ok: true,
      value: {
        principal: { kind: "user", id: "user_01ADA", sessionId: "app_consent_01" },
        clientId: "client_01APP",
        scopes: [],
        organizationId: undefined,
        role: undefined,
        roles: undefined,
        permissions: undefined,
        impersonator: undefined,
      },
    });
  });

  it("freezes what it gives", () => {
    const read = readAuthKitClaims({ ...CLAIMS, roles: ["a"], permissions: ["b"] });
    expect(
      read.ok &&
        [
          read.value,
          read.value.principal,
          read.value.roles,
          read.value.permissions,
          read.value.scopes,
        ].every(Object.isFrozen),
    ).toBe(true);
  });

  it("RS-55: knows an application by its ID", () => {
    const read = readAuthKitClaims({ ...CLAIMS, sub: "client_01APP", sid: undefined });
    expect(read.ok && read.value.principal).toEqual({ kind: "application", id: "client_01APP" });
  });

  it.each([
    ["sub equal to client_id", { sub: "user_01ADA", client_id: "user_01ADA" }],
    ["another prefix", { sub: "org_01ACME" }],
    ["no prefix", { sub: "ada" }],
    ["a prefix only", { sub: "user_" }],
    ["a path behind it", { sub: "user_01/../../organizations" }],
    ["a line break behind it", { sub: "user_01\n" }],
    ["upper case", { sub: "USER_01" }],
    ["a letter beyond ASCII", { sub: "user_01\u00C4DA" }],
    ["a homograph", { sub: "us\u0435r_01ADA" }],
    ["invisible letters", { sub: "user_01\u200BADA" }],
    ["a space before it", { sub: " user_01ADA" }],
    ["a letter before an application's ID", { sub: "xclient_01APP", client_id: undefined }],
    ["a line break behind an application's ID", { sub: "client_01APP\n", client_id: undefined }],
  ])("RS-55: takes no principal for a user by %s", (_, claims) => {
    expect(readAuthKitClaims({ ...CLAIMS, ...claims } as never)).toEqual({
      ok: false,
      fault: { reason: "claim_invalid", claim: "sub" },
    });
  });

  it.each([undefined, null, ""])("refuses a user's token whose sid is %j", (sid) => {
    expect(readAuthKitClaims({ ...CLAIMS, sid })).toEqual({
      ok: false,
      fault: { reason: "claim_missing", claim: "sid" },
    });
  });

  it.each([
    ["sid", 7],
    ["org_id", 7],
    ["org_id", ""],
    ["org_id", "org_01/../x"],
    ["org_id", "01ACME"],
    ["org_id", "my-org_01ACME"],
    ["role", ["admin"]],
    ["role", { slug: "admin" }],
    ["roles", "admin"],
    ["roles", [7]],
    ["roles", ["admin", 1]],
    ["roles", { 0: "admin" }],
    ["permissions", "all"],
    ["permissions", [null]],
    ["permissions", [1, "reports:read"]],
    ["permissions", true],
    ["act", "dashboard_user_1"],
    ["act", ["dashboard_user_1"]],
    ["act", true],
    ["act", { sub: 7 }],
    ["act", {}],
    ["act", { sub: null }],
    ["act", { sub: " " }],
    ["act", { Sub: "x" }],
    ["act", { iss: "https://x.example", act: { sub: "admin" } }],
  ])("RS-48: refuses %s = %j", (claim, value) => {
    expect(readAuthKitClaims({ ...CLAIMS, [claim]: value })).toEqual({
      ok: false,
      fault: { reason: "claim_invalid", claim },
    });
  });
});
