import { describe, expect, it } from "vitest";
import { compileAccessMap, type AccessMap } from "../../src/access/access-map.js";
import { compareAccess } from "../../src/access/compare-access.js";
import { compileRule } from "../../src/access/compile-rule.js";
import type { CallerKind } from "../../src/standards/caller-kind.js";
import type { Problem } from "../../src/errors.js";

const ALL: readonly CallerKind[] = ["user", "application", "api-key"];

function rule(given: unknown, accepted: readonly CallerKind[] = ALL) {
  const problems: Problem[] = [];
  const compiled = compileRule(given, "r", new Set(accepted), problems);
  return { compiled, problems: problems.map(({ message }) => message) };
}

function problemsOf(map: unknown): string[] {
  const problems: Problem[] = [];
  compileAccessMap(map as AccessMap, new Set(ALL), problems);
  return problems.map(({ message }) => message);
}

describe("a rule, compiled", () => {
  it("keeps what it asks for, once each, and nothing of what is wrong", () => {
    const check = (): boolean => true;
    const given = {
      permissions: ["p", "p"],
      role: "r",
      scopes: ["s"],
      featureFlags: ["f"],
      organization: ["org_01A", "org_01B"],
      caller: "user",
      check,
    };
    expect(rule(given)).toEqual({
      problems: [],
      compiled: {
        path: "r",
        alternatives: [
          {
            permissions: ["p"],
            roles: [["r"]],
            scopes: ["s"],
            featureFlags: ["f"],
            organizations: ["org_01A", "org_01B"],
            needsOrganization: true,
            callers: ["user"],
            checks: [check],
          },
        ],
      },
    });
    expect(rule({ permissions: ["good", ""], check: "yes" })).toEqual({
      problems: [
        "r.permissions must be a list of permission slugs, with at least one",
        "r.check must be a function",
      ],
      compiled: {
        path: "r",
        alternatives: [],
      },
    });
    expect(rule({ organization: "required" }).compiled.alternatives[0]).toMatchObject({
      organizations: [],
      needsOrganization: true,
    });
  });

  it.each([
    [
      { organization: [] },
      ['r.organization must be "required", an ID (org_…), or a list of IDs of which any will do'],
    ],
    [
      { organization: ["org_01A", 7] },
      ['r.organization must be "required", an ID (org_…), or a list of IDs of which any will do'],
    ],
    [
      { caller: ["user", "robot"] },
      [
        'r.caller must be "user", "application", "api-key", or a list of these of which any will do',
      ],
    ],
    ...(
      [
        "permissions",
        "role",
        "scopes",
        "organization",
        "featureFlags",
        "caller",
        "check",
        "anyOf",
      ] as const
    ).map((key): [object, string[]] => [
      { scopes: ["a"], [key]: undefined },
      [`r.${key} is undefined; leave it out, or is a variable not set?`],
    ]),
    [{ role: undefined }, ["r.role is undefined; leave it out, or is a variable not set?"]],
    [
      { anyOf: [{ scopes: ["a"] }, { role: "b", organization: undefined }] },
      ["r.anyOf[1].organization is undefined; leave it out, or is a variable not set?"],
    ],
    [
      { scopes: ["a"], xyz: undefined },
      [
        "r.xyz is unknown; there are permissions, role, scopes, organization, featureFlags, caller, check, anyOf",
      ],
    ],
    [{ role: [undefined] }, ["r.role must be a role slug, or a list of them of which any will do"]],
    [
      { organization: [undefined] },
      ['r.organization must be "required", an ID (org_…), or a list of IDs of which any will do'],
    ],
    [undefined, ['r must be "authenticated", "denied" or a condition such as { role: "admin" }']],
    [{ caller: "api-key", permissions: ["p"] }, []],
    [
      { caller: "api-key", scopes: ["s"] },
      ["r asks API keys for scopes, which they do not have; use permissions"],
    ],
    [
      { caller: ["application", "api-key"], role: "r" },
      [
        "r asks machines for a role, which they do not have; leave it out of what is for them, and ask API keys for permissions",
      ],
    ],
  ])("%j: %j", (given, problems) => {
    expect(rule(given).problems).toEqual(problems);
  });

  it("names every kind of caller that the server would have to accept", () => {
    expect(
      rule({ caller: ["application", "api-key"], permissions: ["p"] }, ["user"]).problems,
    ).toEqual([
      "r.caller names only kinds of caller that the server turns away; add application or api-key to callers",
    ]);
  });
});

describe("a map, compiled", () => {
  it.each([
    [null, ["access must be an object with tools, resources and prompts"]],
    [{ lists: "all", stepUp: "tool-result", impliesScope: () => true }, []],
    // Names may have spaces within, and tools may look like URIs.
    [
      { tools: { "a bc": "authenticated", "a  b": "authenticated", "Docs:X": "authenticated" } },
      [],
    ],
    [
      { tools: { "a ": "authenticated" } },
      ['access.tools["a "] can match nothing: no name is empty or has spaces around it'],
    ],
    [
      { tools: { "a b\t": "authenticated" } },
      ['access.tools["a b\\t"] can match nothing: no name is empty or has spaces around it'],
    ],
    [{ resources: { "docs://X:{id}": "authenticated" } }, []],
  ])("%j: %j", (map, problems) => {
    expect(problemsOf(map)).toEqual(problems);
  });

  const check = (): boolean => true;
  it.each([
    ["the same", { role: "a" }, { role: "a" }, true],
    ["the same check", { check }, { check }, true],
    ["the same word", "authenticated", "authenticated", true],
    ["other roles", { role: "a" }, { role: "b" }, false],
    ["one role more", { role: "a" }, { role: ["a", "b"] }, false],
    ["one role less", { role: ["a", "b"] }, { role: "a" }, false],
    ["one key more", { role: "a" }, { role: "a", permissions: ["p"] }, false],
    ["one key of two", { role: "a", permissions: ["p"] }, { role: "a", permissions: ["q"] }, false],
    ["another check", { check }, { check: () => true }, false],
    ["a word and requirements", "authenticated", { role: "a" }, false],
    ["requirements and a word", { role: "a" }, "authenticated", false],
  ])("two patterns that fit the same names agree when they ask for %s", (_, one, other, agrees) => {
    expect(problemsOf({ tools: { "a*x": one, "*ax": other } })).toEqual(
      agrees
        ? []
        : [
            'access.tools["a*x"] and access.tools["*ax"] contradict each other: a name can fit both, and none is the longer; add a longer pattern or the exact name',
          ],
    );
  });
});

describe("the closest name", () => {
  const hint = (key: string, ...tools: string[]): string | undefined =>
    /did you mean (.+)\?$/.exec(
      compareAccess({ tools: { [key]: "authenticated" } }, { tools })[0]?.message ?? "",
    )?.[1];

  it.each([
    ["report_writ", ["report_wrong", "report_write"], "report_write"],
    ["abc", ["abd"], "abd"],
    ["abc", ["axd"], undefined],
    // Two letters of six may be missing.
    ["abcdef", ["abcd"], "abcd"],
    ["abcd", ["abcdef"], "abcdef"],
    ["abcdef", ["abc"], undefined],
    ["kitten", ["sitting"], undefined],
    ["sunday", ["saturday"], undefined],
    ["send_mail", ["sendmail"], "sendmail"],
    ["aaa", ["baaa"], "baaa"],
    ["aaaa", ["baaa"], "baaa"],
  ])("of %s among %j is %s", (key, tools, closest) => {
    expect(hint(key, ...tools)).toBe(closest);
  });

  it("is looked for whatever caller the rules are about", () => {
    const tools = {
      a: { caller: "user" },
      b: { caller: "application" },
      c: { caller: "api-key" },
    } as const;
    expect(compareAccess({ tools }, { tools: ["a", "b", "c"] })).toEqual([]);
  });
});
