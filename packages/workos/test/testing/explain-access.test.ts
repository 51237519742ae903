import { describe, expect, it } from "vitest";
import { hasPermissionOn, type AccessMap, type ConfigurationError } from "../../src/index.js";
import { explainAccess, type AccessUse } from "../../src/testing/explain-access.js";
import type { Persona } from "../../src/testing/persona.js";

const ACME = "org_01ACME";
const map: AccessMap = {
  tools: {
    whoami: "authenticated",
    read: { permissions: ["tickets:read"] },
    summarize: { permissions: ["tickets:read"], featureFlags: ["summaries"] },
    refund: {
      anyOf: [
        {
          permissions: ["refunds:create"],
          check: ({ arguments: { dollars } }) => Number(dollars) <= 200,
        },
        { role: "admin" },
      ],
    },
    project: {
      check: hasPermissionOn("projects:read", () => ({ resourceId: "authz_resource_01" })),
    },
    broken: {
      check: () => {
        throw new RangeError("broken");
      },
    },
    own: {
      check: async (call) =>
        (await call.access()).has({ permissions: ["tickets:read"], role: "lead" }),
    },
    must: {
      check: async (call) => {
        (await call.access()).require({ role: "owner" });
        return true;
      },
    },
    mine: { check: ({ caller }) => caller.id === "user_01ADA" },
    acme: { organization: ACME },
    scoped: { scopes: ["tickets"] },
    person: { caller: "user" },
    closed: "denied",
    "admin_*": { role: ["admin", "owner"] },
  },
  prompts: { greet: { check: ({ arguments: { name } }) => name === "Ada" } },
  resources: {
    "handbook://*": "authenticated",
    "tickets://{id}": { permissions: ["tickets:read"] },
    "notes://{id}": { check: ({ name }) => name === "notes://1" },
  },
};

const LEAD: Persona = {
  organizationId: ACME,
  roles: ["lead"],
  permissions: ["tickets:read", "refunds:create"],
};

describe("explainAccess", () => {
  it.each<[string, Persona, AccessUse, object]>([
    [
      "allows what the rule allows",
      LEAD,
      { tool: "read" },
      { outcome: "allowed", rule: 'access.tools["read"]' },
    ],
    [
      "names what is missing, in the caller's words",
      { organizationId: ACME },
      { tool: "read" },
      {
        outcome: "denied",
        rule: 'access.tools["read"]',
        reason: "permission_missing",
        message: `You may not use the tool read: it needs the permission "tickets:read". An administrator of the organization ${ACME} can give it to you, in WorkOS. Signing in again does not.`,
        missing: { permissions: ["tickets:read"] },
      },
    ],
    [
      "names the pattern that decides, and any of its roles",
      LEAD,
      { tool: "admin_list" },
      {
        outcome: "denied",
        rule: 'access.tools["admin_*"]',
        reason: "role_missing",
        message: expect.stringContaining('one of the roles "admin", "owner"') as string,
        missing: { role: ["admin", "owner"] },
      },
    ],
    [
      "names the flag",
      LEAD,
      { tool: "summarize" },
      expect.objectContaining({
        reason: "feature_flag_off",
        missing: { featureFlags: ["summaries"] },
      }) as object,
    ],
    [
      "takes the persona's flags",
      { ...LEAD, featureFlags: ["summaries"] },
      { tool: "summarize" },
      { outcome: "allowed", rule: 'access.tools["summarize"]' },
    ],
    [
      "does not run a check without arguments",
      LEAD,
      { tool: "refund" },
      { outcome: "depends-on-check", rule: 'access.tools["refund"]' },
    ],
    [
      "runs it with arguments",
      LEAD,
      { tool: "refund", arguments: { dollars: 200 } },
      { outcome: "allowed", rule: 'access.tools["refund"]' },
    ],
    [
      "allows by another alternative what a check would deny",
      { ...LEAD, roles: ["admin"], permissions: [] },
      { tool: "refund", arguments: { dollars: 201 } },
      { outcome: "allowed", rule: 'access.tools["refund"]' },
    ],
    [
      "denies by the check",
      { id: "user_01EVE" },
      { tool: "mine", arguments: {} },
      expect.objectContaining({ outcome: "denied", reason: "check_denied" }) as object,
    ],
    [
      "gives the check the persona's access",
      LEAD,
      { tool: "own", arguments: {} },
      { outcome: "allowed", rule: 'access.tools["own"]' },
    ],
    [
      "denies by what the check requires of it",
      LEAD,
      { tool: "must", arguments: {} },
      expect.objectContaining({ outcome: "denied", reason: "check_denied" }) as object,
    ],
    [
      "gives the check the persona",
      { id: "user_01ADA" },
      { tool: "mine", arguments: {} },
      { outcome: "allowed", rule: 'access.tools["mine"]' },
    ],
    [
      "gives what a check threw",
      LEAD,
      { tool: "broken", arguments: {} },
      expect.objectContaining({
        outcome: "denied",
        reason: "check_failed",
        cause: new RangeError("broken"),
      }) as object,
    ],
    [
      "leaves open what a check has to ask WorkOS",
      LEAD,
      { tool: "project", arguments: {} },
      { outcome: "depends-on-check", rule: 'access.tools["project"]' },
    ],
    [
      "asks the persona what it would ask WorkOS",
      { ...LEAD, permissionsOn: [] },
      { tool: "project", arguments: {} },
      expect.objectContaining({ outcome: "denied", reason: "check_denied" }) as object,
    ],
    [
      "denies what the map does not name",
      LEAD,
      { tool: "unknown" },
      expect.objectContaining({
        outcome: "denied",
        rule: undefined,
        reason: "not_in_access_map",
      }) as object,
    ],
    [
      "denies what the map denies",
      LEAD,
      { tool: "closed" },
      expect.objectContaining({ outcome: "denied", reason: "denied_in_access_map" }) as object,
    ],
    [
      "asks for a scope that can be granted",
      LEAD,
      { tool: "scoped" },
      expect.objectContaining({
        reason: "insufficient_scope",
        missing: { scopes: ["tickets"] },
      }) as object,
    ],
    [
      "sends a member of an organization to choose it",
      { organizations: [ACME] },
      { tool: "acme" },
      expect.objectContaining({
        reason: "organization_required",
        message: `To use the tool acme, sign in again and choose the organization ${ACME}.`,
        missing: { organization: [ACME] },
      }) as object,
    ],
    [
      "sends no other caller there",
      { organizationId: "org_01GLOBEX" },
      { tool: "acme" },
      expect.objectContaining({
        reason: "organization_not_allowed",
        missing: { organization: [ACME] },
      }) as object,
    ],
    [
      "knows machines",
      { kind: "api-key" },
      { tool: "person" },
      expect.objectContaining({
        reason: "caller_not_allowed",
        missing: { caller: ["user"] },
      }) as object,
    ],
    [
      "gives an API key its permissions",
      { kind: "api-key", permissions: ["tickets:read"] },
      { tool: "read" },
      { outcome: "allowed", rule: 'access.tools["read"]' },
    ],
    [
      "runs the check of a prompt",
      LEAD,
      { prompt: "greet", arguments: { name: "Ada" } },
      { outcome: "allowed", rule: 'access.prompts["greet"]' },
    ],
    [
      "knows a resource by its URI",
      {},
      { resource: "handbook://refunds" },
      { outcome: "allowed", rule: 'access.resources["handbook://*"]' },
    ],
    [
      "knows a resource by its template",
      LEAD,
      { resource: "tickets://{id}" },
      { outcome: "allowed", rule: 'access.resources["tickets://{id}"]' },
    ],
    [
      "runs the check of a URI",
      {},
      { resource: "notes://1" },
      { outcome: "allowed", rule: 'access.resources["notes://{id}"]' },
    ],
    [
      "runs no check of a template",
      {},
      { resource: "notes://{id}" },
      { outcome: "depends-on-check", rule: 'access.resources["notes://{id}"]' },
    ],
  ])("%s", async (_, persona, use, expected) => {
    expect(await explainAccess(map, persona, use)).toEqual(expected);
  });

  it("depends on no check where a certain denial decides", async () => {
    const both: AccessMap = {
      tools: { x: { permissions: ["a"], check: () => true } },
    };
    expect(await explainAccess(both, {}, { tool: "x" })).toMatchObject({ outcome: "denied" });
    expect(await explainAccess(both, { permissions: ["a"] }, { tool: "x" })).toMatchObject({
      outcome: "depends-on-check",
    });
  });

  it.each<[unknown, unknown, unknown, string[]]>([
    [{ tools: { x: { role: [] } } }, {}, { tool: "x" }, ['access.tools["x"].role']],
    [{}, { rolse: ["a"] }, { tool: "x" }, ["persona.rolse"]],
    [{}, { kind: "robot" }, { tool: "x" }, ["persona.kind"]],
    [{}, { id: "client_01" }, { tool: "x" }, ["persona.id"]],
    [{}, { kind: "application", roles: ["a"] }, { tool: "x" }, ["persona.roles"]],
    [
      {},
      { organizationId: "acme", permissions: "a" },
      { tool: "x" },
      ["persona.organizationId", "persona.permissions"],
    ],
    [{}, { claims: { act: {} } }, { tool: "x" }, ["persona.claims"]],
    [{}, "admin", { tool: "x" }, ["persona"]],
    [{}, {}, {}, ["use"]],
    [{}, {}, { tool: "x", prompt: "y" }, ["use"]],
    [{}, {}, { tool: "" }, ["use"]],
    [{}, {}, { tool: "x", argument: {} }, ["use"]],
    [{}, {}, { tool: "x", arguments: [] }, ["use.arguments"]],
    [{}, {}, { resource: "a://b", arguments: {} }, ["use.arguments"]],
  ])("refuses %j, %j, %j", async (wrongMap, persona, use, paths) => {
    const asked = explainAccess(wrongMap as AccessMap, persona as Persona, use as AccessUse);
    const error = await asked.then(
      () => undefined,
      (thrown: unknown) => thrown as ConfigurationError,
    );
    expect(error?.code).toBe("invalid_configuration");
    expect(error?.problems.map(({ path }) => path)).toEqual(paths);
  });

  it("suggests the member that was meant", async () => {
    await expect(
      explainAccess({}, { permisions: ["a"] } as Persona, { tool: "x" }),
    ).rejects.toThrow("persona.permisions is unknown: is permissions meant?");
  });
});
