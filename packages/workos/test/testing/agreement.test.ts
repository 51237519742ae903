import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defineAccess, type AccessMap, type Condition, type Rule } from "../../src/index.js";
import { ACME, call, GLOBEX, startToolServer, workosFake } from "../access/tool-server.js";
import { explainAccess } from "../../src/testing/explain-access.js";
import type { Persona } from "../../src/testing/persona.js";

const some = <T>(...values: T[]): fc.Arbitrary<[T, ...T[]]> =>
  fc.subarray(values, { minLength: 1 }) as unknown as fc.Arbitrary<[T, ...T[]]>;

const requirements = fc.record(
  {
    permissions: some("p:1", "p:2"),
    role: some("r1", "r2"),
    featureFlags: some("f1"),
    scopes: some("s1", "s2"),
    organization: fc.constantFrom("required" as const, ACME as `org_${string}`),
    caller: some<"user" | "application">("user", "application"),
    check: fc.constantFrom(
      () => true,
      () => false,
    ),
  },
  { requiredKeys: [] },
);
const rule: fc.Arbitrary<Rule> = fc.oneof(
  fc.constantFrom<Rule>("authenticated", "denied"),
  requirements.filter((one) => Object.keys(one).length > 0),
  fc
    .tuple(
      requirements,
      fc.array(
        requirements.filter((one) => Object.keys(one).length > 0),
        { minLength: 1, maxLength: 2 },
      ),
    )
    .map(([outer, anyOf]) => ({
      ...outer,
      anyOf: anyOf as unknown as [Condition, ...Condition[]],
    })),
);

const persona = fc.record(
  {
    organizationId: fc.constantFrom<`org_${string}`>(
      ACME as `org_${string}`,
      GLOBEX as `org_${string}`,
    ),
    roles: fc.subarray(["r1", "r2"]),
    permissions: fc.subarray(["p:1", "p:2"]),
    scopes: fc.subarray(["s1", "s2"]),
    featureFlags: fc.subarray(["f1"]),
  },
  { requiredKeys: ["featureFlags"] },
);

/** The claims of a token of this persona. */
function claimsOf({ organizationId, roles, permissions, scopes }: Persona): object {
  return {
    sub: "user_01EXAMPLE",
    org_id: organizationId,
    roles,
    permissions,
    scope: scopes?.join(" ") || undefined,
  };
}

/** Whether a map asks for nothing that no caller has. */
function canWork(map: AccessMap): boolean {
  try {
    defineAccess(map);
    return true;
  } catch {
    return false;
  }
}

describe("what explainAccess says", () => {
  it("is what a server with that map does, in the same words", { timeout: 120_000 }, async () => {
    const outcomes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        rule,
        fc.array(persona, { minLength: 4, maxLength: 8 }),
        async (one, people) => {
          const map: AccessMap = { tools: { use: one } };
          fc.pre(canWork(map));
          const workos = workosFake();
          const server = await startToolServer(
            { access: map, callers: ["user", "application"] },
            { workos },
          );
          for (const who of people) {
            workos.flags = { f1: who.featureFlags?.length === 0 ? ["user_01OTHER"] : [] };
            const explained = await explainAccess(map, who, { tool: "use", arguments: {} });
            const reply = await server.send(
              server.token({ ...claimsOf(who), feature_flags: who.featureFlags }),
              call("use"),
            );
            const text = JSON.stringify(reply.text) + String(reply.headers.get("www-authenticate"));
            const isAllowed = reply.status === 200 && !reply.text.includes("isError");
            outcomes.add(explained.outcome);
            expect([explained.outcome, text]).toEqual([isAllowed ? "allowed" : "denied", text]);
            const message = reply.status === 200 ? (explained.message ?? "") : "";
            expect(reply.text).toContain(JSON.stringify(message).slice(1, -1));
          }
        },
      ),
      { numRuns: 40 },
    );
    expect(outcomes).toEqual(new Set(["allowed", "denied"]));
  });
});
