import { describe, expect, it } from "vitest";
import { decide, isShown, denialRank, type Denial } from "../../src/access/decide.js";
import type { Rights } from "../../src/access/rights.js";
import { compileRule } from "../../src/access/compile-rule.js";
import type { Rule } from "../../src/access/rule.js";

const satisfies = (granted: readonly string[], required: string): boolean =>
  granted.includes(required);
const check = (): boolean => true;
const other = (): boolean => false;

const ADA: Rights = {
  caller: "user",
  organizationId: "org_01ACME",
  scopes: ["openid"],
  roles: ["member"],
  permissions: ["reports:read"],
  hasFlag: (slug) => slug === "beta",
};
const HOMELESS: Rights = { ...ADA, organizationId: undefined, roles: [], permissions: [] };
const UNKNOWN: Rights = {
  ...ADA,
  roles: undefined,
  permissions: undefined,
  hasFlag: () => undefined,
};
const MACHINE: Rights = { ...ADA, caller: "application", roles: [], permissions: [] };
const KEY: Rights = {
  ...ADA,
  caller: "api-key",
  scopes: [],
  roles: [],
  permissions: ["reports:read"],
};

function verdict(given: Rule, rights: Rights) {
  const rule = compileRule(given, "rule", new Set(["user", "application", "api-key"]), []);
  return decide(rule, rights, satisfies);
}

describe("decide", () => {
  it("allows nothing without a rule", () => {
    const nothing = decide(undefined, ADA, satisfies);
    expect(nothing).toEqual({ kind: "denied", denial: { reason: "not_in_access_map" } });
    expect(isShown(nothing)).toBe(false);
  });

  const allowed: [string, Rule, Rights][] = [
    ["any user", "authenticated", HOMELESS],
    ["a permission", { permissions: ["reports:read"] }, ADA],
    ["a role", { role: "member" }, ADA],
    ["a scope", { scopes: ["openid"] }, ADA],
    ["a flag", { featureFlags: ["beta"] }, ADA],
    ["an organization", { organization: "org_01ACME" }, ADA],
    ["one of several organizations", { organization: ["org_01OTHER", "org_01ACME"] }, ADA],
    ["some organization", { organization: "required" }, ADA],
    ["a kind of caller", { caller: "application" }, MACHINE],
    [
      "a permission without an organization, by claims",
      { permissions: ["reports:read"] },
      { ...ADA, organizationId: undefined },
    ],
    [
      "a role without an organization, by claims",
      { role: "member" },
      { ...ADA, organizationId: undefined },
    ],
    ["the permission of a key", { permissions: ["reports:read"] }, KEY],
    ["the second alternative", { anyOf: [{ role: "admin" }, { role: "member" }] }, ADA],
    [
      "an alternative without a check, before any is asked",
      { anyOf: [{ check }, { role: "member" }] },
      ADA,
    ],
    ["a scope, though no flag is known", { scopes: ["openid"] }, UNKNOWN],
  ];
  it.each(allowed)("allows for %s", (_, rule, rights) => {
    expect(verdict(rule, rights)).toEqual({ kind: "allowed" });
  });

  const denied: [string, Rule, Rights, Denial][] = [
    [
      "a scope",
      { scopes: ["openid", "mail"] },
      ADA,
      { reason: "insufficient_scope", scopes: ["openid", "mail"] },
    ],
    [
      "a permission",
      { permissions: ["reports:read", "reports:write"] },
      ADA,
      { reason: "access_missing", missing: { permissions: ["reports:write"] } },
    ],
    [
      "a role",
      { role: ["owner", "admin"] },
      ADA,
      { reason: "access_missing", missing: { role: ["owner", "admin"] } },
    ],
    [
      "a flag",
      { featureFlags: ["beta", "gamma"] },
      ADA,
      { reason: "access_missing", missing: { featureFlags: ["gamma"] } },
    ],
    [
      "everything at once",
      { permissions: ["p"], role: "r", featureFlags: ["f"], scopes: ["s"] },
      ADA,
      {
        reason: "access_missing",
        missing: { permissions: ["p"], role: ["r"], featureFlags: ["f"] },
      },
    ],
    [
      "another organization",
      { organization: ["org_01OTHER"] },
      ADA,
      { reason: "organization_required", organizations: ["org_01OTHER"] },
    ],
    [
      "any organization",
      { organization: "required" },
      HOMELESS,
      { reason: "organization_required", organizations: [] },
    ],
    [
      "an organization, for its permissions",
      { permissions: ["reports:read"] },
      HOMELESS,
      { reason: "organization_required", organizations: [] },
    ],
    [
      "an organization, for its roles",
      { role: "member" },
      HOMELESS,
      { reason: "organization_required", organizations: [] },
    ],
    [
      "an organization, when only one of permissions and roles is claimed",
      { permissions: ["reports:read"], role: "admin" },
      { ...ADA, organizationId: undefined },
      { reason: "organization_required", organizations: [] },
    ],
    [
      "the machine's other organization",
      { organization: "org_01OTHER" },
      MACHINE,
      { reason: "access_missing", missing: { organization: ["org_01OTHER"] } },
    ],
    [
      "a machine's organization",
      { organization: "required" },
      { ...MACHINE, organizationId: undefined },
      { reason: "access_missing", missing: { organization: "required" } },
    ],
    [
      "a machine's permission, without an organization to choose",
      { permissions: ["p"] },
      { ...MACHINE, organizationId: undefined },
      { reason: "access_missing", missing: { permissions: ["p"] } },
    ],
    [
      "the kind of caller",
      { caller: "application" },
      ADA,
      { reason: "access_missing", missing: { caller: ["application"] } },
    ],
    [
      "a key's scope, which it cannot get",
      { scopes: ["openid", "mail"] },
      { ...KEY, scopes: ["openid"] },
      { reason: "access_missing", missing: { caller: ["user", "application"] } },
    ],
    [
      "a key's scope, in what is for machines",
      { scopes: ["openid"], caller: ["application", "api-key"] },
      KEY,
      { reason: "access_missing", missing: { caller: ["application"] } },
    ],
    [
      "a machine's scope",
      { scopes: ["mail"] },
      MACHINE,
      { reason: "insufficient_scope", scopes: ["mail"] },
    ],
    [
      "permissions that are unknown",
      { permissions: ["reports:read"] },
      UNKNOWN,
      { reason: "access_unavailable" },
    ],
    ["roles that are not known", { role: "member" }, UNKNOWN, { reason: "access_unavailable" }],
    [
      "flags that are unknown",
      { featureFlags: ["beta"] },
      UNKNOWN,
      { reason: "access_unavailable" },
    ],
    // Of several alternatives the one the caller can do most about.
    [
      "the nearer of two",
      { anyOf: [{ role: "admin" }, { scopes: ["mail"] }] },
      ADA,
      {
        reason: "insufficient_scope",
        scopes: ["mail"],
        otherwise: { reason: "access_missing", missing: { role: ["admin"] } },
      },
    ],
    [
      "the nearest, and after a denial that signing in may cure the next",
      { anyOf: [{ role: "admin" }, { organization: "org_01OTHER" }, { scopes: ["mail"] }] },
      ADA,
      {
        reason: "insufficient_scope",
        scopes: ["mail"],
        otherwise: {
          reason: "organization_required",
          organizations: ["org_01OTHER"],
          otherwise: { reason: "access_missing", missing: { role: ["admin"] } },
        },
      },
    ],
    [
      "what is unknown, before a user is sent to sign in",
      {
        anyOf: [
          { scopes: ["mail"] },
          { organization: "org_01OTHER" },
          { role: "member" },
          { caller: "application" },
        ],
      },
      UNKNOWN,
      { reason: "access_unavailable" },
    ],
    [
      "what the caller's own kind lacks, before what is for others",
      { anyOf: [{ caller: "application" }, { role: "admin" }] },
      ADA,
      { reason: "access_missing", missing: { role: ["admin"] } },
    ],
    [
      "the first of two that are as near",
      { anyOf: [{ role: "admin" }, { role: "owner" }] },
      ADA,
      { reason: "access_missing", missing: { role: ["admin"] } },
    ],
  ];
  it("names the alternative that lacks least of those that are as near", () => {
    const rule: Rule = {
      permissions: ["reports:write"],
      anyOf: [
        { role: "admin", featureFlags: ["gamma"] },
        { role: "owner" },
        { featureFlags: ["beta"] },
      ],
    };
    expect(verdict(rule, ADA)).toEqual({
      kind: "denied",
      denial: { reason: "access_missing", missing: { permissions: ["reports:write"] } },
    });
  });

  it.each(denied)("denies for lack of %s", (_, rule, rights, denial) => {
    expect(verdict(rule, rights)).toEqual({ kind: "denied", denial });
  });

  it("leaves the rest to checks, and keeps what else is lacking", () => {
    expect(verdict({ check, permissions: ["reports:read"] }, ADA)).toEqual({
      kind: "checks",
      checks: [[check]],
      denials: [],
    });
    expect(verdict({ anyOf: [{ check }, { check: other }, { role: "admin" }] }, ADA)).toEqual({
      kind: "checks",
      checks: [[check], [other]],
      denials: [{ reason: "access_missing", missing: { role: ["admin"] } }],
    });
    expect(verdict({ anyOf: [{ role: "admin", check }] }, ADA)).toEqual({
      kind: "denied",
      denial: { reason: "access_missing", missing: { role: ["admin"] } },
    });
  });

  it("ranks denials by how much others have to do", () => {
    const reasons = [
      "insufficient_scope",
      "organization_required",
      "organization_elsewhere",
      "organization_not_chosen",
      "access_unavailable",
      "access_missing",
      "check_denied",
      "check_failed",
      "denied_in_access_map",
      "not_in_access_map",
    ] as const;
    expect(reasons.map((reason) => denialRank({ reason } as Denial))).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ]);
  });

  it("a list shows what is allowed, left to a check, or a step-up away", () => {
    expect(isShown(verdict("authenticated", ADA))).toBe(true);
    expect(isShown(verdict({ check }, ADA))).toBe(true);
    expect(isShown(verdict({ scopes: ["mail"] }, ADA))).toBe(true);
    expect(isShown(verdict({ role: "admin" }, ADA))).toBe(false);
    expect(isShown(verdict({ organization: "org_01OTHER" }, ADA))).toBe(false);
  });
});
