import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide, type Verdict } from "../../src/access/decide.js";
import type { Rights } from "../../src/access/rights.js";
import { compileRule } from "../../src/access/compile-rule.js";
import { call, startToolServer } from "./tool-server.js";
import type { Problem } from "../../src/errors.js";

const EVERY = new Set(["user", "application", "api-key"] as const);
const SLUGS = { permissions: ["p1", "p2"], roles: ["r1", "r2"], featureFlags: ["f1", "f2"] };
const YES = (): boolean => true;

const some = (...from: readonly string[]) => fc.subarray([...from], { minLength: 1 });
const requirements = fc.record(
  {
    permissions: some(...SLUGS.permissions),
    role: some(...SLUGS.roles),
    featureFlags: some(...SLUGS.featureFlags),
    scopes: some("s1", "s2"),
    organization: fc.constantFrom("required", "org_1", "org_2"),
    caller: some("user", "application", "api-key"),
    check: fc.constant(YES),
  },
  { requiredKeys: [] },
);
const rule = fc.oneof(
  requirements,
  fc
    .tuple(requirements, fc.array(requirements, { minLength: 1, maxLength: 3 }))
    .map(([outer, anyOf]) => ({ ...outer, anyOf })),
);

interface Had {
  readonly permissions: readonly string[];
  readonly roles: readonly string[];
  readonly featureFlags: readonly string[];
}
const had = fc.record({
  permissions: fc.subarray(SLUGS.permissions),
  roles: fc.subarray(SLUGS.roles),
  featureFlags: fc.subarray(SLUGS.featureFlags),
});
const who = fc.record({
  caller: fc.constantFrom("user", "application", "api-key"),
  organizationId: fc.option(fc.constantFrom("org_1", "org_2"), { nil: undefined }),
  scopes: fc.subarray(["s1", "s2"]),
});
type Who = typeof who extends fc.Arbitrary<infer W> ? W : never;
/** What cannot be had; each flag for itself. */
const outage = fc.subarray(["permissions", "roles", ...SLUGS.featureFlags], { minLength: 1 });

const rightsOf = (caller: Who, { permissions, roles, featureFlags }: Had, out: readonly string[]) =>
  ({
    ...caller,
    permissions: out.includes("permissions") ? undefined : permissions,
    roles: out.includes("roles") ? undefined : roles,
    hasFlag: (slug: string) => (out.includes(slug) ? undefined : featureFlags.includes(slug)),
  }) as Rights;

const subsets = (of: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: 2 ** of.length }, (_, bits) => of.filter((_one, at) => (bits >> at) & 1));

/** Everything that the caller may turn out to have. */
function completions(known: Had, out: readonly string[]): readonly Had[] {
  const permissions = out.includes("permissions")
    ? subsets(SLUGS.permissions)
    : [known.permissions];
  const roles = out.includes("roles") ? subsets(SLUGS.roles) : [known.roles];
  const flags = subsets(SLUGS.featureFlags.filter((slug) => out.includes(slug))).map((on) => [
    ...known.featureFlags.filter((slug) => !out.includes(slug)),
    ...on,
  ]);
  return permissions.flatMap((one) =>
    roles.flatMap((other) =>
      flags.map((third) => ({ permissions: one, roles: other, featureFlags: third })),
    ),
  );
}

const satisfies = (granted: readonly string[], required: string): boolean =>
  granted.includes(required);
const reasonOf = (verdict: Verdict): string =>
  verdict.kind === "denied" ? verdict.denial.reason : verdict.kind;

const MEMBER: Who = { caller: "user", organizationId: "org_1", scopes: ["s1"] };
const NOTHING = { permissions: [], roles: [], featureFlags: [] };

describe("what is decided while WorkOS cannot be asked", () => {
  it("is 503 exactly when it depends on what is not known, for every rule, caller and outage", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(rule, who, had, outage, (given, caller, known, out) => {
        const problems: Problem[] = [];
        const compiled = compileRule(given, "r", EVERY, problems);
        // A person without an organization is a member of none, so that nothing is unknown but flags.
        fc.pre(
          problems.length === 0 &&
            (caller.caller !== "user" || caller.organizationId !== undefined),
        );
        const possible = completions(known, out).map((one) =>
          reasonOf(decide(compiled, rightsOf(caller, one, []), satisfies)),
        );
        const reason = reasonOf(decide(compiled, rightsOf(caller, known, out), satisfies));
        const isCertain = possible.every((one) => one !== "allowed" && one !== "checks");
        seen.add(`${isCertain ? "certain" : "open"} ${reason}`);
        expect(isCertain ? possible : ["access_unavailable", "allowed", "checks"]).toContain(
          reason,
        );
      }),
      // Rare by chance: what is allowed without what is unknown.
      { numRuns: 5_000, examples: [[{ scopes: ["s1"] }, MEMBER, NOTHING, ["f1"]]] },
    );
    expect([...seen].toSorted()).toEqual([
      "certain access_missing",
      "certain insufficient_scope",
      "certain organization_required",
      "open access_unavailable",
      "open allowed",
      "open checks",
    ]);
  });

  it("names what is missing for certain, and not what is unknown", () => {
    const compiled = compileRule({ permissions: ["p1"], role: "r1" }, "r", EVERY, []);
    const caller: Who = { caller: "user", organizationId: "org_1", scopes: [] };
    const nothing: Had = { permissions: [], roles: [], featureFlags: [] };
    expect(decide(compiled, rightsOf(caller, nothing, ["permissions"]), satisfies)).toEqual({
      kind: "denied",
      denial: { reason: "access_missing", missing: { role: ["r1"] } },
    });
  });

  it("is a denial for a role that the token says the caller has not, with WorkOS down", async () => {
    const server = await startToolServer({
      access: { tools: { x: { role: "admin", permissions: ["reports:read"] } } },
    });
    server.workos.status = 503;
    const reply = await server.send(server.token({ role: "member" }), call("x"));
    expect([reply.status, server.ran]).toEqual([200, []]);
    expect(reply.json).toMatchObject({
      result: { _meta: { "xmcp.dev/access-denied": { missing: { role: ["admin"] } } } },
    });
    const open = await server.send(server.token({ role: "admin", jti: "other" }), call("x"));
    expect(open.status).toBe(503);
  });
});

describe("an application whose token has a role", () => {
  it.each([[{ role: "admin" }], [{ roles: ["admin"] }]])(
    "has none, as the documentation says: %j",
    async (claims) => {
      const server = await startToolServer({
        callers: ["user", "application"],
        access: {
          tools: { x: { role: "admin" }, y: { anyOf: [{ role: "admin" }, { scopes: ["s"] }] } },
        },
      });
      const token = server.token({
        sub: "client_01M2M",
        client_id: "client_01M2M",
        aud: "client_01TESTENVIRONMENT",
        sid: undefined,
        ...claims,
      });
      const reply = await server.send(token, call("x"));
      expect(reply.json).toMatchObject({ result: { isError: true } });
      expect((await server.send(token, call("y"))).status).toBe(403);
      expect(server.ran).toEqual([]);
    },
  );
});
