import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAccessControl } from "../../src/access/access-control.js";
import { compileAccessMap, type AccessMap } from "../../src/access/access-map.js";
import type { Call, Check } from "../../src/access/rule.js";
import type { Problem } from "../../src/errors.js";
import type { VerifiedCredential } from "../../src/credential/verify-credential.js";
import { CALLER_KINDS } from "../../src/standards/caller-kind.js";
import {
  meets,
  ruleOf,
  type Answer,
  type Facts,
  type OracleCondition,
  type OracleRule,
} from "./oracle.js";

const some = <T>(...from: readonly T[]): fc.Arbitrary<T[]> =>
  fc.subarray([...from], { minLength: 1 });
const oneOrSome = <T>(...from: readonly T[]): fc.Arbitrary<T | T[]> =>
  fc.oneof(fc.constantFrom(...from), some(...from));

/** Checks, each with what it says of a call as the guide describes it. */
const CHECKS: readonly {
  readonly check: Check;
  readonly says: (facts: Facts, amount: unknown) => boolean;
}[] = [
  {
    check: ({ arguments: { amount } }) => typeof amount === "number" && amount <= 5,
    says: (_, amount) => typeof amount === "number" && amount <= 5,
  },
  {
    check: async ({ caller }) => Promise.resolve(caller.kind === "user"),
    says: ({ kind }) => kind === "user",
  },
  {
    check: ({ caller }) => caller.organizationId === "org_1",
    says: ({ organization }) => organization === "org_1",
  },
  // Anything but true denies, and so does an exception.
  { check: () => 1 as never, says: () => false },
  {
    check: () => {
      throw new Error("out of order");
    },
    says: () => false,
  },
  // What was not resolved cannot be read.
  {
    check: ({ caller }) => (caller as unknown as { role: unknown }).role !== "r1",
    says: () => false,
  },
  {
    check: (call: Call) => (call as unknown as { role: unknown }).role !== "r1",
    says: () => false,
  },
];

const own = {
  permissions: some("p1", "p2"),
  scopes: some("s1", "s2"),
  featureFlags: some("f1", "f2"),
  role: oneOrSome("r1", "r2", "r3"),
  organization: fc.oneof(fc.constant("required"), oneOrSome("org_1", "org_2")),
  caller: oneOrSome("user", "application", "api-key"),
  check: fc.constantFrom(...CHECKS.map(({ check }) => check)),
};
/** One to three keys in any order: with all of them no caller meets anything. */
const condition = (depth: number): fc.Arbitrary<OracleCondition> => {
  const anyOf =
    depth === 0 ? fc.constant([]) : fc.array(condition(depth - 1), { minLength: 1, maxLength: 3 });
  const keys = [...Object.keys(own), ...(depth === 0 ? [] : ["anyOf", "anyOf"])];
  return fc
    .tuple(fc.record({ ...own, anyOf }), fc.shuffledSubarray(keys, { minLength: 1, maxLength: 3 }))
    .map(([all, chosen]) =>
      Object.fromEntries(chosen.map((key) => [key, all[key as keyof typeof all]])),
    );
};
const rule: fc.Arbitrary<OracleRule> = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom<OracleRule>("authenticated", "denied") },
  { weight: 8, arbitrary: condition(2) },
);
const NAMES = ["a", "ab", "abc", "b.c", "report"] as const;
const rules = fc.dictionary(fc.constantFrom(...NAMES, "a*", "ab*", "*c", "rep*t", "*"), rule, {
  maxKeys: 4,
});

/** A caller as a credential, and as WorkOS knows it. */
const person = fc.record({
  kind: fc.constantFrom(
    "user" as const,
    "user" as const,
    "application" as const,
    "api-key" as const,
  ),
  organization: fc.option(fc.constantFrom("org_1", "org_2"), { nil: undefined }),
  scopes: fc.subarray(["s1", "s2"]),
  permissions: fc.subarray(["p1", "p2"]),
  roles: fc.subarray(["r1", "r2", "r3"]),
  flags: fc.subarray(["f1", "f2"]),
  /** Which of them the token has; the rest is known to WorkOS. */
  claims: fc.subarray(["permissions", "roles", "flags"]),
});
type Person = typeof person extends fc.Arbitrary<infer P> ? P : never;

/** What the guide says that is true of a caller. */
function factsOf({ kind, organization, scopes, permissions, roles, flags, claims }: Person): Facts {
  const isPerson = kind === "user";
  // Known to WorkOS are the membership of a person in an organization, and what an API key was given.
  const has = (claim: string): boolean =>
    claims.includes(claim) || (isPerson && organization !== undefined);
  return {
    kind,
    organization: kind === "api-key" ? (organization ?? "org_2") : organization,
    scopes: new Set(kind === "api-key" ? [] : scopes),
    permissions: new Set(kind === "api-key" || has("permissions") ? permissions : []),
    roles: new Set(isPerson && has("roles") ? roles : []),
    flags: new Set(flags),
  };
}

function credentialOf(who: Person): VerifiedCredential {
  const { kind, organization, scopes, permissions, roles, flags, claims } = who;
  if (kind === "api-key") {
    const owner = { kind: "organization", id: "org_2" };
    const key = { id: "api_key_1", name: "k", owner, permissions };
    return { kind, key: { ...key, organizationId: organization ?? "org_2" } } as VerifiedCredential;
  }
  return {
    kind: "access-token",
    claims: { iat: 1, jti: "j" },
    principal: { kind, id: kind === "user" ? "user_1" : "client_1", sessionId: "s" },
    authkit: {
      organizationId: organization,
      scopes,
      ...(claims.includes("permissions") ? { permissions } : {}),
      ...(claims.includes("roles") ? { roles } : {}),
      ...(claims.includes("flags") ? { featureFlags: flags } : {}),
    },
  } as unknown as VerifiedCredential;
}

function controlOf(map: unknown, { permissions, roles, flags }: Person) {
  const problems: Problem[] = [];
  const policy = compileAccessMap(map as AccessMap, CALLER_KINDS, problems);
  const control = createAccessControl({
    policy,
    callers: new Set(["user", "application", "api-key"]),
    sources: {
      memberships: {
        find: async () =>
          Promise.resolve({
            kind: "known",
            value: { id: "om_1", organizationId: "org_1", roles, permissions },
          }),
        organizationsOf: () => ({
          kind: "known",
          value: { ids: new Set(["org_1", "org_2"]), isComplete: true },
        }),
        forgetMember: () => undefined,
        forgetRoles: () => undefined,
      },
      featureFlags: { isEnabled: (slug) => flags.includes(slug), close: () => undefined },
    },
    workos: () => ({}) as never,
    mayHelp: () => true,
    reportCheck: () => undefined,
  });
  return { control, problems };
}

/** The same caller, with more; of roles any will do. */
function give(
  who: Person,
  permissions: readonly string[],
  roles: readonly string[],
  flags: readonly string[],
): Person {
  return {
    ...who,
    permissions: [...who.permissions, ...permissions],
    roles: [...who.roles, ...roles],
    flags: [...who.flags, ...flags],
  };
}

const answering =
  (facts: Facts, amount: unknown): Answer =>
  (check) =>
    CHECKS.find((one) => one.check === check)?.says(facts, amount) ?? false;
const YES: Answer = () => true;

const use = (kind: "tools" | "prompts", name: string, amount: unknown): object => ({
  jsonrpc: "2.0",
  id: 1,
  method: kind === "tools" ? "tools/call" : "prompts/get",
  params: { name, arguments: { amount } },
});

const amount = fc.constantFrom(1, 9, "1", undefined);
const RUNS = { numRuns: 2_000 };

describe("the grammar, beside an oracle written from the guide", () => {
  it("allows and denies each call, and shows and hides each name, as the guide says", async () => {
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(rules, rules, person, amount, async (tools, prompts, who, paid) => {
        const { control, problems } = controlOf({ tools, prompts }, who);
        fc.pre(problems.length === 0);
        const facts = factsOf(who);
        const credential = credentialOf(who);
        for (const [kind, member, all] of [
          ["tools", "tool", tools],
          ["prompts", "prompt", prompts],
        ] as const) {
          const listed = await control(credential, {
            jsonrpc: "2.0",
            id: 1,
            method: `${kind}/list`,
          });
          for (const name of NAMES) {
            const found = ruleOf(all, name) ?? "denied";
            const isAllowed = meets(found, facts, answering(facts, paid));
            const called = await control(credential, use(kind, name, paid));
            expect([name, called.kind]).toEqual([name, isAllowed ? "admitted" : "refused"]);
            // "A tool that only lacks a scope stays in the list"; lists ask no checks.
            const granted = { ...facts, scopes: new Set(["s1", "s2"]) };
            const lacksScope =
              facts.kind !== "api-key" &&
              !isAllowed &&
              meets(found, granted, YES) &&
              !meets(found, facts, YES);
            const isShown = meets(found, facts, YES) || lacksScope;
            if (listed.kind !== "admitted" || listed.shows === undefined)
              throw new Error("no list");
            expect([name, listed.shows[member](name)]).toEqual([name, isShown]);
            // A missing scope is challenged, whatever else another alternative lacks.
            const reason = called.kind === "refused" ? called.refused.denial.reason : "allowed";
            const isUnchallenged = lacksScope && reason !== "insufficient_scope";
            expect([name, isUnchallenged]).toEqual([name, false]);
            seen.set(reason, (seen.get(reason) ?? 0) + 1);
          }
        }
      }),
      RUNS,
    );
    // Nothing of this is proved of a denial that never came up.
    for (const reason of [
      "allowed",
      "insufficient_scope",
      "organization_required",
      "access_missing",
      "check_denied",
      "check_failed",
      "denied_in_access_map",
      "not_in_access_map",
    ]) {
      expect([reason, (seen.get(reason) ?? 0) > 100]).toEqual([reason, true]);
    }
  }, 60_000);

  it("ends no start for a condition that a caller meets", () => {
    const callers = fc.sample(person, { numRuns: 300, seed: 7 }).map(factsOf);
    let refused = 0;
    fc.assert(
      fc.property(condition(0), (one) => {
        const problems: Problem[] = [];
        compileAccessMap({ tools: { a: one } } as unknown as AccessMap, CALLER_KINDS, problems);
        if (problems.length === 0) return;
        refused += 1;
        expect(callers.some((facts) => meets(one, facts, YES))).toBe(false);
      }),
      { numRuns: 3_000 },
    );
    expect(refused).toBeGreaterThan(50);
  });

  it("names what is missing: a caller who is given it step by step is let in, or asked for something else", async () => {
    let steps = 0;
    await fc.assert(
      fc.asyncProperty(condition(2), person, async (one, who) => {
        let now: Person = { ...who, claims: ["permissions", "roles", "flags"] };
        const { problems } = controlOf({ tools: { a: one } }, now);
        fc.pre(problems.length === 0);
        for (let step = 0; step < 12; step += 1) {
          const { control } = controlOf({ tools: { a: one } }, now);
          const called = await control(credentialOf(now), use("tools", "a", 1));
          const denial = called.kind === "refused" ? called.refused.denial : undefined;
          if (denial?.reason !== "access_missing") return;
          const { permissions = [], role = [], featureFlags = [], ...others } = denial.missing;
          const roles = [role].flat();
          if (Object.keys(others).length > 0 || (roles.length > 0 && now.kind !== "user")) return;
          // It names something, and nothing that the caller has.
          expect(permissions.length + roles.length + featureFlags.length).toBeGreaterThan(0);
          for (const slug of permissions) expect(now.permissions).not.toContain(slug);
          for (const slug of roles) expect(now.roles).not.toContain(slug);
          for (const slug of featureFlags) expect(now.flags).not.toContain(slug);
          now = give(now, permissions, roles.slice(-1), featureFlags);
          steps += 1;
        }
        throw new Error("the denials do not end");
      }),
      { numRuns: 3_000 },
    );
    expect(steps).toBeGreaterThan(300);
  });
});
