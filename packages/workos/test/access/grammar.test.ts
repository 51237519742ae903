import { describe, expect, it, vi } from "vitest";
import { compileRequirements, compileRule } from "../../src/access/compile-rule.js";
import { judgeCall } from "../../src/access/judge-call.js";
import type { Check, Condition, Rule } from "../../src/access/rule.js";
import { ConfigurationError, defineAccess, type AccessMap } from "../../src/index.js";
import type { Problem } from "../../src/errors.js";
import { CALLER_KINDS } from "../../src/standards/caller-kind.js";
import { call, startToolServer } from "./tool-server.js";

function problemsOf(rule: unknown): string[] {
  const problems: Problem[] = [];
  compileRule(rule, 'access.tools["x"]', CALLER_KINDS, problems);
  return problems.map(({ message }) => message);
}

function alternativesOf(rule: Rule) {
  const problems: Problem[] = [];
  const { alternatives } = compileRule(rule, "r", CALLER_KINDS, problems);
  expect(problems).toEqual([]);
  return alternatives;
}

const X = 'access.tools["x"]';

describe("a form of the earlier grammar", () => {
  it.each<[string, unknown, string]>([
    ["one role", { roles: ["admin"] }, `${X}.roles is not a key: write role: "…"`],
    ["a role as text", { roles: "admin" }, `${X}.roles is not a key: write role: "…"`],
    [
      "several roles",
      { roles: ["admin", "owner"] },
      `${X}.roles is not a key: write role: […], of which any will do; for several at once, role: "…", anyOf: [{ role: "…" }]`,
    ],
    [
      "kinds of caller",
      { callers: ["user", "api-key"] },
      `${X}.callers is not a key: write caller: […], of which any will do`,
    ],
    [
      "a list of conditions",
      [{ role: "admin" }, { role: "owner" }],
      `${X} is a list, which could mean all or any of it: write { anyOf: [ … ] } for any`,
    ],
    [
      "any organization",
      { organization: "some" },
      `${X}.organization must be "required", an ID (org_…), or a list of IDs of which any will do; "some" is now "required"`,
    ],
    [
      "a check of session and call",
      { check: (_session: unknown, _call: unknown) => true },
      `${X}.check must take one argument, the call; who calls is call.caller: ({ caller, arguments: args }) => …`,
    ],
  ])("is refused and rewritten: %s", (_, rule, problem) => {
    expect(problemsOf(rule)).toEqual([problem]);
  });

  it("is refused and rewritten inside an anyOf, with its path", () => {
    expect(problemsOf({ anyOf: [{ role: "a" }, { anyOf: [{ roles: ["b"] }] }] })).toEqual([
      `${X}.anyOf[1].anyOf[0].roles is not a key: write role: "…"`,
    ]);
  });
});

describe("a near miss", () => {
  it.each<[unknown, string]>([
    [{ permission: ["a"] }, `${X}.permission is unknown: is permissions meant?`],
    [{ scope: ["a"] }, `${X}.scope is unknown: is scopes meant?`],
    [{ Role: "a" }, `${X}.Role is unknown: is role meant?`],
    [{ anyof: [{ role: "a" }] }, `${X}.anyof is unknown: is anyOf meant?`],
    [{ or: [{ role: "a" }] }, `${X}.or is unknown: is anyOf meant?`],
    [{ flags: ["a"] }, `${X}.flags is unknown: is featureFlags meant?`],
    [{ organizationId: "org_1" }, `${X}.organizationId is unknown: is organization meant?`],
    [{ kind: "user" }, `${X}.kind is unknown: is caller meant?`],
    [{ allOf: [] }, `${X}.allOf is not a key: everything in one object is needed anyway`],
    [{ not: { role: "a" } }, `${X}.not is not a key: say who may, and not who may not`],
    [
      { constructor: 1, role: "a" },
      `${X}.constructor is unknown; there are permissions, role, scopes, organization, featureFlags, caller, check, anyOf`,
    ],
    [
      { permissions: "reports:read" },
      `${X}.permissions must be a list of permission slugs, with at least one: write permissions: ["…"]`,
    ],
    [
      { anyOf: { role: "a" } },
      `${X}.anyOf must be a list of conditions, with at least one, without holes and without members of its own`,
    ],
    [
      { anyOf: [] },
      `${X}.anyOf must be a list of conditions, with at least one, without holes and without members of its own`,
    ],
    [
      { anyOf: [{ role: "a" }, "authenticated"] },
      `${X}.anyOf[1] must be a condition: with "authenticated" among them, anyOf asks for nothing; leave anyOf out`,
    ],
    [{ anyOf: ["denied"] }, `${X}.anyOf[0] must be a condition: leave out what denies`],
    [
      { anyOf: [[{ role: "a" }]] },
      `${X}.anyOf[0] is a list: write its conditions into the anyOf around it`,
    ],
    [{ anyOf: ["admin"] }, `${X}.anyOf[0] must be a condition such as { role: "admin" }`],
    ...[
      ["deny", "denied"],
      [false, "denied"],
      ["Denied", "denied"],
      ["allow", "authenticated"],
      [true, "authenticated"],
      ["public", "authenticated"],
      ["autenticated", "authenticated"],
    ].map(([given, meant]): [unknown, string] => [
      given,
      `${X} must be "authenticated", "denied" or a condition such as { role: "admin" }: is "${meant}" meant?`,
    ]),
    ["toString", `${X} must be "authenticated", "denied" or a condition such as { role: "admin" }`],
  ])("%j is refused with what is probably meant", (rule, problem) => {
    expect(problemsOf(rule)).toEqual([problem]);
  });

  it("that is a secret is not repeated", () => {
    const secret = "sk_live_canary_5f2b";
    for (const rule of [
      { roles: [secret] },
      { roles: secret },
      { callers: secret },
      { permissions: secret },
      { caller: secret },
      { organization: secret },
      { role: "a", anyOf: [secret, { check: secret }] },
      secret,
    ]) {
      expect(problemsOf(rule).join()).toContain("access");
      expect(problemsOf(rule).join()).not.toContain(secret);
    }
  });
});

describe("conditions in one another", () => {
  it("are one alternative each, with all that the ones around them ask for", () => {
    const [one, two, three] = [() => true, () => true, () => true];
    const rule: Rule = {
      permissions: ["p", "q"],
      role: ["a", "b"],
      organization: "required",
      caller: ["user", "application"],
      check: one,
      anyOf: [
        { permissions: ["q", "r"], scopes: ["s"], caller: ["api-key", "user"] },
        {
          role: "c",
          organization: ["org_1", "org_2"],
          check: two,
          anyOf: [{ organization: ["org_2", "org_3"], check: one }, { check: three }],
        },
      ],
    };
    const outer = {
      permissions: ["p", "q"],
      featureFlags: [],
      scopes: [],
      roles: [["a", "b"]],
      organizations: [],
      needsOrganization: true,
      callers: ["user", "application"],
      checks: [one],
    };
    expect(alternativesOf(rule)).toEqual([
      { ...outer, permissions: ["p", "q", "r"], scopes: ["s"], callers: ["user"] },
      { ...outer, roles: [["a", "b"], ["c"]], organizations: ["org_2"], checks: [one, two] },
      {
        ...outer,
        roles: [["a", "b"], ["c"]],
        organizations: ["org_1", "org_2"],
        checks: [one, two, three],
      },
    ]);
  });

  it.each<[unknown, string[]]>([
    [
      { organization: "org_1", anyOf: [{ organization: "org_2" }, { organization: "required" }] },
      [
        `${X}.anyOf[0].organization excludes all that the conditions around it allow, so that no caller can meet both`,
      ],
    ],
    [
      { caller: "user", anyOf: [{ role: "a" }, { caller: ["application", "api-key"] }] },
      [
        `${X}.anyOf[1].caller excludes all that the conditions around it allow, so that no caller can meet both`,
      ],
    ],
    // Said once, where it is wrong.
    [
      { caller: "api-key", role: "a", anyOf: [{ permissions: ["p"] }, { permissions: ["q"] }] },
      [
        `${X} asks machines for a role, which they do not have; leave it out of what is for them, and ask API keys for permissions`,
      ],
    ],
    [
      { caller: "api-key", anyOf: [{ permissions: ["p"] }, { scopes: ["s"] }] },
      [`${X}.anyOf[1] asks API keys for scopes, which they do not have; use permissions`],
    ],
  ])("that no caller can meet at once are refused: %j", (rule, problems) => {
    expect(problemsOf(rule)).toEqual(problems);
  });

  const nested = (depth: number): Condition =>
    depth === 0 ? { role: "a" } : { role: "a", anyOf: [nested(depth - 1)] };
  const wide = (length: number): unknown => ({
    anyOf: Array.from({ length }, (_, at) => ({ role: `r${at}` })),
  });

  it("are bounded in depth and number", () => {
    expect(problemsOf(nested(5))).toEqual([]);
    expect(problemsOf(nested(6))).toEqual([
      `${X}${".anyOf[0]".repeat(5)}.anyOf is nested too deep: conditions nest 5 deep at most`,
    ]);
    expect(problemsOf(wide(99))).toEqual([]);
    expect(problemsOf(wide(100))).toEqual([
      `${X}.anyOf[99] is one condition too many: a rule has 100 at most`,
    ]);
    expect(problemsOf(wide(100_000))).toHaveLength(1);
  });

  it("that contain themselves end the start and not the process", () => {
    const circle: { role: string; anyOf: unknown[] } = { role: "a", anyOf: [] };
    circle.anyOf.push(...Array.from({ length: 50 }, () => circle));
    const problems = problemsOf(circle);
    expect(problems.length).toBeLessThanOrEqual(101);
    expect(problems.at(-1)).toMatch(/is one condition too many: a rule has 100 at most$/);
  });

  it("deny all callers when anything is wrong with them", () => {
    const rule = compileRule({ anyOf: [{ role: "a" }, { rolle: "b" }] }, "r", CALLER_KINDS, []);
    expect(rule.alternatives).toEqual([]);
  });
});

it("requirements have neither check nor anyOf", () => {
  const problems: Problem[] = [];
  for (const given of [{ check: () => true }, { anyOf: [{ role: "a" }] }, "authenticated", []]) {
    compileRequirements(given, "requirements", CALLER_KINDS, problems);
  }
  const there = "there are permissions, role, scopes, organization, featureFlags, caller";
  expect(problems.map(({ message }) => message)).toEqual([
    `requirements.check is unknown; ${there}`,
    `requirements.anyOf is unknown; ${there}`,
    'requirements must be requirements such as { permissions: ["reports:read"] }',
    'requirements must be requirements such as { permissions: ["reports:read"] }',
  ]);
});

describe("defineAccess()", () => {
  it("returns its argument, for every kind of caller", () => {
    const map: AccessMap = {
      tools: { a: { caller: "application" }, b: { caller: "api-key", permissions: ["p"] } },
    };
    expect(defineAccess(map)).toBe(map);
  });

  it("throws at once, with the path of every mistake", () => {
    const map = {
      tools: { a: { roles: ["admin"] }, "b*": { anyOf: [{}] } },
      lists: "full",
    } as unknown as AccessMap;
    const thrown = ((): unknown => {
      try {
        return defineAccess(map);
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toBeInstanceOf(ConfigurationError);
    expect((thrown as ConfigurationError).problems.map(({ path }) => path)).toEqual([
      "access.lists",
      'access.tools["a"].roles',
      'access.tools["b*"].anyOf[0]',
    ]);
    expect(thrown).toHaveProperty(
      "message",
      expect.stringMatching(/^defineAccess\(\) was given a map/),
    );
  });
});

describe("checks of several alternatives", () => {
  const RIGHTS = {
    caller: "user",
    organizationId: "org_1",
    scopes: [],
    roles: ["a"],
    permissions: [],
    hasFlag: () => false,
    learned: undefined,
  } as const;
  const judge = async (rule: Rule) =>
    judgeCall(
      compileRule(rule, "r", CALLER_KINDS, []),
      { kind: "tool", name: "x", arguments: {} },
      RIGHTS,
      {
        satisfies: () => false,
        caller: () => ({ kind: "user", id: "user_1" }) as never,
        workos: () => ({}) as never,
        access: () => () => Promise.reject(new Error("unexpected")),
        report: () => undefined,
      },
    );

  it("must all be met of one of them, and a shared one is asked once", async () => {
    const asked: string[] = [];
    const check =
      (name: string, answer: boolean): Check =>
      () => {
        asked.push(name);
        return answer;
      };
    const shared = check("shared", true);
    const anyOf: Condition["anyOf"] = [
      { check: check("no", false) },
      { role: "missing", check: check("unmet", true) },
      { role: "a", check: check("yes", true) },
      { check: check("late", true) },
    ];
    expect(await judge({ check: shared, anyOf })).toBeUndefined();
    expect(asked).toEqual(["shared", "no", "yes"]);
    asked.length = 0;
    expect(await judge({ check: check("outer", false), anyOf })).toEqual({
      reason: "access_missing",
      missing: { role: ["missing"] },
    });
    expect(asked).toEqual(["outer"]);
  });
});

describe("what was not resolved", () => {
  it.each<[string, (call: never) => boolean]>([
    ["the call's role", ({ role }: { role: string }) => role !== "member"],
    ["the caller's role", ({ caller }: { caller: { role: string } }) => caller.role !== "member"],
    [
      "the caller's permissions",
      ({ caller }: { caller: { permissions?: string[] } }) =>
        caller.permissions?.includes("suspended") !== true,
    ],
    [
      "the session that there was once",
      ({ session }: { session?: { impersonator?: string } }) => session?.impersonator === undefined,
    ],
    [
      "a misspelt member",
      ({ caller }: { caller: { impersonater?: string } }) => caller.impersonater === undefined,
    ],
  ])("cannot be read by a check, which denies: %s", async (_, check) => {
    const server = await startToolServer({
      access: { tools: { x: { check: check as unknown as Check } } },
    });
    expect((await server.send(server.token(), call("x"))).text).toContain("check_failed");
    expect(server.ran).toEqual([]);
    expect(server.lines.join("\n")).toMatch(/the (call|caller) has no member "/);
  });

  it("leaves the caller an object that can be spread, awaited and printed", async () => {
    const seen = vi.fn<(text: string) => void>();
    const server = await startToolServer({
      access: {
        tools: {
          x: {
            check: async ({ caller }) => {
              const { id, ...rest } = await Promise.resolve(caller);
              seen(JSON.stringify([id, caller.kind, Object.keys(rest), "role" in caller]));
              return JSON.stringify({ ...caller }) === JSON.stringify(caller);
            },
          },
        },
      },
    });
    expect((await server.send(server.token(), call("x"))).text).toContain("done");
    expect(seen.mock.calls).toEqual([
      [
        '["user_01ADA","user",["kind","organizationId","clientId","scopes","impersonator","claims"],false]',
      ],
    ]);
  });
});
