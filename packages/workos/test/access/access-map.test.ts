import { describe, expect, it } from "vitest";
import { ConfigurationError, workosProvider, type AccessMap } from "../../src/index.js";
import { compareAccess } from "../../src/testing.js";
import { GOOD_CONFIG } from "../support/guarded-server.js";

function problemsOf(access: unknown, config: object = {}): readonly string[] {
  try {
    workosProvider(
      { ...GOOD_CONFIG, log: false, ...config, access: access as AccessMap },
      { env: {} },
    );
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems.map(({ message }) => message);
    throw error;
  }
}

const CHECK = (): boolean => true;

describe("a map that cannot work does not start, and says where", () => {
  it.each<[unknown, string]>([
    [5, "access must be an object with tools, resources and prompts"],
    [{ tool: {} }, "access.tool is unknown: is tools meant?"],
    ...["tools", "resources", "prompts", "lists", "stepUp", "impliesScope"].map(
      (key): [unknown, string] => [
        { [key]: undefined },
        `access.${key} is undefined, as a variable that is not set: give it a value or leave it out`,
      ],
    ),
    ...["docs", "/x", "/x/*", "docs/*", "1docs://x"].map((key): [unknown, string] => [
      { resources: { [key]: "authenticated" } },
      `access.resources["${key}"] can match nothing: every URI begins with a scheme; write it as it is registered, such as docs://guide`,
    ]),
    [{ tools: [] }, "access.tools must be an object from names to rules"],
    [{ lists: "some" }, 'access.lists must be "allowed" or "all"'],
    [{ lists: "full" }, 'access.lists must be "allowed" or "all"; "full" is now "all"'],
    [{ stepUp: 1 }, 'access.stepUp must be "http" or "tool-result"'],
    [{ stepUp: "htp" }, 'access.stepUp must be "http" or "tool-result": is "http" meant?'],
    [
      { stepUp: "in-band" },
      'access.stepUp must be "http" or "tool-result"; "in-band" is now "tool-result"',
    ],
    [
      { impliesScope: true },
      "access.impliesScope must be a function (granted, required) => boolean",
    ],
    [
      { tools: { x: "members" } },
      'access.tools["x"] must be "authenticated", "denied" or a condition such as { role: "admin" }',
    ],
    [
      { tools: { x: [] } },
      'access.tools["x"] is a list, which could mean all or any of it: write { anyOf: [ … ] } for any',
    ],
    [
      { tools: { x: {} } },
      'access.tools["x"] asks for nothing; write "authenticated" if every caller may',
    ],
    [
      { tools: { x: { anyOf: [{ role: "a" }, {}] } } },
      'access.tools["x"].anyOf[1] asks for nothing, so that its anyOf asks for nothing; leave anyOf out, or say what is needed',
    ],
    [
      { tools: { x: ["authenticated"] } },
      'access.tools["x"] is a list, which could mean all or any of it: write { anyOf: [ … ] } for any',
    ],
    [
      { tools: { x: { claims: ["a"] } } },
      'access.tools["x"].claims is unknown; there are permissions, role, scopes, organization, featureFlags, caller, check, anyOf',
    ],
    [
      { tools: { x: { role: "" } } },
      'access.tools["x"].role must be a role slug, or a list of them of which any will do',
    ],
    [
      { tools: { x: { permissions: [] } } },
      'access.tools["x"].permissions must be a list of permission slugs, with at least one',
    ],
    [
      { tools: { x: { permissions: ["a b"] } } },
      'access.tools["x"].permissions must be a list of permission slugs, with at least one',
    ],
    [
      { tools: { x: { scopes: ['a"b'] } } },
      'access.tools["x"].scopes must be a list of OAuth scopes (RFC 6749 section 3.3), with at least one',
    ],
    [
      { tools: { x: { featureFlags: [1] } } },
      'access.tools["x"].featureFlags must be a list of feature flag slugs, with at least one',
    ],
    [
      { tools: { x: { organization: "acme" } } },
      'access.tools["x"].organization must be "required", an ID (org_…), or a list of IDs of which any will do',
    ],
    [
      { tools: { x: { organization: [] } } },
      'access.tools["x"].organization must be "required", an ID (org_…), or a list of IDs of which any will do',
    ],
    [
      { tools: { x: { organization: ["org_1", "x"] } } },
      'access.tools["x"].organization must be "required", an ID (org_…), or a list of IDs of which any will do',
    ],
    [
      { tools: { x: { caller: "robot" } } },
      'access.tools["x"].caller must be "user", "application", "api-key", or a list of these of which any will do',
    ],
    ...["agent", ["user", "agent"]].map((caller): [unknown, string] => [
      { tools: { x: { caller } } },
      'access.tools["x"].caller must be "user", "application", "api-key", or a list of these of which any will do; agents are not supported yet',
    ]),
    [{ tools: { x: { check: "yes" } } }, 'access.tools["x"].check must be a function'],
    [
      { tools: { "": "authenticated" } },
      'access.tools[""] can match nothing: no name is empty or has spaces around it',
    ],
    [
      { prompts: { " x": "authenticated" } },
      'access.prompts[" x"] can match nothing: no name is empty or has spaces around it',
    ],
    [
      { resources: { "Docs://x": "authenticated" } },
      'access.resources["Docs://x"] can match nothing: written as servers read it, it is docs://x',
    ],
    [
      { resources: { "Docs://{id}": "authenticated" } },
      'access.resources["Docs://{id}"] can match nothing: written as servers read it, it is docs://*',
    ],
    [
      { resources: { "docs://a/../b": "authenticated" } },
      'access.resources["docs://a/../b"] can match nothing: written as servers read it, it is docs://a/b',
    ],
    [
      { resources: { "ui://app/x.html": "authenticated" } },
      'access.resources["ui://app/x.html"]: a tool\'s own UI follows its tool; name the tool under access.tools',
    ],
    [
      { resources: { "a://{x}": "authenticated", "a://*": { role: "r" } } },
      'access.resources["a://*"] is unreachable: access.resources["a://{x}"] matches the same names',
    ],
    [
      { tools: { "a*": "authenticated", "*b": { role: "r" } } },
      'access.tools["a*"] and access.tools["*b"] contradict each other: a name can fit both, and none is the longer; add a longer pattern or the exact name',
    ],
  ])("%j", (access, problem) => {
    expect(problemsOf(access)).toContain(problem);
  });

  it.each<[object, readonly string[], string]>([
    [
      { caller: "application" },
      ["user"],
      'access.tools["x"].caller names only kinds of caller that the server turns away; add application to callers',
    ],
    [
      { role: "a" },
      ["application"],
      'access.tools["x"] asks machines for a role, which they do not have; leave it out of what is for them, and ask API keys for permissions',
    ],
    [
      { role: "a", caller: "api-key" },
      ["user", "api-key"],
      'access.tools["x"] asks machines for a role, which they do not have; leave it out of what is for them, and ask API keys for permissions',
    ],
    [
      { scopes: ["a"] },
      ["api-key"],
      'access.tools["x"] asks API keys for scopes, which they do not have; use permissions',
    ],
  ])("%j for callers %j can be met by no caller", (rule, callers, problem) => {
    expect(problemsOf({ tools: { x: rule } }, { callers })).toEqual([problem]);
  });

  it("every mistake is said at once", () => {
    expect(problemsOf({ tools: { x: {}, y: "z" }, extra: 1 })).toHaveLength(3);
  });

  it.each<[AccessMap]>([
    [{}],
    [{ tools: { "*": "authenticated" } }],
    [{ tools: { "a*": { role: "r" }, "*b": { role: "r" } } }],
    [{ tools: { "a*": { check: CHECK }, "*b": { check: CHECK } } }],
    [{ tools: { "a*": "authenticated", "b*": { role: "r" } } }],
    [
      {
        tools: { "a b": "authenticated", süß: "authenticated" },
        resources: { "*": "authenticated" },
      },
    ],
    [{ resources: { "docs://{id}": "authenticated", "https://example.com/a": "authenticated" } }],
  ])("%j starts", (access) => {
    expect(problemsOf(access)).toEqual([]);
  });
});

describe("which rule decides", () => {
  const access: AccessMap = {
    tools: {
      "*": { role: "rest" },
      "report_*": { role: "short" },
      "report_*_draft": { role: "long" },
      report_a_draft: { role: "exact" },
    },
  };
  it.each([
    ["report_a_draft", "exact"],
    ["report_b_draft", "long"],
    ["report_b", "short"],
    ["other", "rest"],
  ])("for %s the one of %s, whatever the order in the map", async (name, role) => {
    const { compileAccessMap } = await import("../../src/access/access-map.js");
    for (const entries of [
      Object.entries(access.tools ?? {}),
      Object.entries(access.tools ?? {}).toReversed(),
    ]) {
      const policy = compileAccessMap(
        { tools: Object.fromEntries(entries) },
        new Set(["user"]),
        [],
      );
      expect(policy.ruleFor("tool", name)?.alternatives[0]?.roles).toEqual([[role]]);
      expect(policy.ruleFor("prompt", name)).toBeUndefined();
    }
  });
});

describe("compareAccess", () => {
  const access: AccessMap = {
    tools: { reporting: "authenticated", "admin_*": { role: "admin" }, zzz: "authenticated" },
    prompts: { "*": "authenticated" },
    resources: { "docs://{id}": "authenticated" },
  };

  it("finds rules about nothing, with the closest name, and items that no caller may use", () => {
    expect(
      compareAccess(access, {
        tools: ["reportings", "admin_x", "other"],
        prompts: ["a"],
        resources: ["DOCS://1", "vault://1", "ui://app/other.html"],
      }),
    ).toEqual([
      {
        kind: "not-registered",
        subject: 'access.tools["reporting"]',
        message:
          'access.tools["reporting"] is a rule for nothing: the server has no such tool; did you mean reportings?',
      },
      {
        kind: "not-registered",
        subject: 'access.tools["zzz"]',
        message: 'access.tools["zzz"] is a rule for nothing: the server has no such tool',
      },
      {
        kind: "not-named",
        subject: "reportings",
        message:
          "the tool reportings is denied to everybody, because access.tools does not name it",
      },
      {
        kind: "not-named",
        subject: "other",
        message: "the tool other is denied to everybody, because access.tools does not name it",
      },
      {
        kind: "not-named",
        subject: "vault://1",
        message:
          "the resource vault://1 is denied to everybody, because access.resources does not name it",
      },
    ]);
  });

  it("compares only what it is given", () => {
    expect(compareAccess(access, {})).toEqual([]);
    expect(compareAccess(access, { prompts: [] })).toEqual([]);
  });

  it("throws for a map that cannot work", () => {
    expect(() => compareAccess({ tools: { x: {} } }, {})).toThrow(ConfigurationError);
  });
});
