import { describe, expect, it } from "vitest";
import { collectNeeds } from "../../src/access/needs.js";
import { compileRule } from "../../src/access/compile-rule.js";

const ADA = { caller: "user", organizationId: "org_01ACME" } as const;

/** The names of what is needed. */
function needs(rules: readonly unknown[], who: Parameters<typeof collectNeeds>[1] = ADA): string[] {
  const every = new Set(["user", "application", "api-key"] as const);
  const compiled = rules.map((rule) => compileRule(rule, "r", every, []));
  return Object.entries(collectNeeds(compiled, who)).flatMap(([name, isNeeded]) =>
    isNeeded ? [name] : [],
  );
}

describe("what must be known before rules can be judged", () => {
  it.each<[string, readonly unknown[], string[]]>([
    ["nothing", [], []],
    ["nothing", ["authenticated", { scopes: ["a"] }, { organization: "required" }], []],
    ["roles", [{ role: "a" }], ["needsRoles"]],
    ["permissions", [{ permissions: ["a"] }], ["needsPermissions"]],
    ["feature flags", [{ featureFlags: ["a"] }], ["needsFeatureFlags"]],
    [
      "both, of alternatives",
      [{ anyOf: [{ role: "a" }, { permissions: ["b"] }] }],
      ["needsRoles", "needsPermissions"],
    ],
    [
      "both, of two rules",
      [{ featureFlags: ["a"] }, { role: "b" }],
      ["needsRoles", "needsFeatureFlags"],
    ],
  ])("%s: %j", (_, rules, expected) => {
    expect(needs(rules)).toEqual(expected);
  });

  it("is nothing for what no rule names", () => {
    expect(collectNeeds([undefined], ADA)).toEqual({
      needsRoles: false,
      needsPermissions: false,
      needsFeatureFlags: false,
    });
  });

  it("is nothing for requirements that the caller cannot meet anyway", () => {
    const everything = { role: "a", permissions: ["b"], featureFlags: ["c"] };
    expect(needs([{ ...everything, organization: ["org_01A", "org_01B"] }])).toEqual([]);
    expect(needs([{ ...everything, caller: "api-key" }])).toEqual([]);
    expect(
      needs([{ ...everything, organization: "required" }], { ...ADA, organizationId: undefined }),
    ).toEqual([]);
    expect(
      needs([{ permissions: ["a"], check: () => true }], { ...ADA, caller: "api-key" }),
    ).toEqual(["needsPermissions"]);
    // Another alternative may still be met.
    expect(needs([{ anyOf: [{ ...everything, organization: "org_01A" }, { role: "a" }] }])).toEqual(
      ["needsRoles"],
    );
    expect(needs([{ role: "a", organization: ["org_01A", "org_01ACME"] }])).toEqual(["needsRoles"]);
  });
});
