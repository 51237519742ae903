import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileAccessMap, type AccessMap } from "../../src/access/access-map.js";
import { createStepUpMemory } from "../../src/access/step-up.js";
import { createAccessControl } from "../../src/access/access-control.js";
import type { Check } from "../../src/access/rule.js";
import { explain, printable, denialReason } from "../../src/access/explain.js";
import { matches, overlap, parsePattern } from "../../src/access/pattern.js";
import { parseUriPattern } from "../../src/access/uri-pattern.js";
import { denialAnswer } from "../../src/guard/denial.js";
import type { VerifiedCredential } from "../../src/credential/verify-credential.js";
import { parseChallenge } from "../standards/challenge-parser.js";
import type { Problem } from "../../src/errors.js";

const NAMES = ["a", "ab", "abc", "b", "ba", "report_read", "report_write"];
const name = fc.constantFrom(...NAMES);
const key = fc.oneof(
  name,
  fc
    .array(fc.constantFrom("a", "b", "report_", "read", "*"), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join("")),
);
const slugs = (...from: readonly string[]) => fc.subarray([...from], { minLength: 1 });
/** Few functions, since two rules agree only when their checks are the same one. */
const CHECKS = ["a", "b", "report_"].map(
  (good): Check =>
    (call) =>
      Promise.resolve(call.name.startsWith(good)),
);
const YES: Check = () => true;
const requirements = fc
  .record(
    {
      check: fc.constantFrom(...CHECKS),
      permissions: slugs("p1", "p2"),
      role: slugs("r1", "r2"),
      scopes: slugs("s1", "s2"),
      organization: fc.constantFrom("required", "org_1", "org_2"),
      featureFlags: slugs("f1"),
      caller: fc.constantFrom("user", "application", ["user", "application"]),
    },
    { requiredKeys: [] },
  )
  .filter((one) => Object.keys(one).length > 0);
const rule = fc.oneof(
  fc.constant("authenticated" as const),
  requirements,
  fc
    .tuple(requirements, fc.array(requirements, { minLength: 1, maxLength: 3 }))
    .map(([outer, anyOf]) => ({ ...outer, anyOf })),
  fc.constant("denied" as const),
);
const rules = fc.dictionary(key, rule, { maxKeys: 5 });
const map = fc
  .record({ tools: rules, prompts: rules, resources: rules })
  .map((one) => one as unknown as AccessMap);
const rights = fc.record({
  kind: fc.constantFrom("user", "application"),
  organizationId: fc.option(fc.constantFrom("org_1", "org_2"), { nil: undefined }),
  scopes: fc.subarray(["s1", "s2"]),
  roles: fc.subarray(["r1", "r2"]),
  permissions: fc.subarray(["p1", "p2"]),
  featureFlags: fc.subarray(["f1"]),
});

type Rights = typeof rights extends fc.Arbitrary<infer R> ? R : never;

const credentialOf = ({ kind, ...authkit }: Rights): VerifiedCredential =>
  ({
    kind: "access-token",
    claims: { iat: 1, jti: "j" },
    principal: { kind, id: `${kind}_1`, sessionId: "s" },
    authkit,
  }) as unknown as VerifiedCredential;

function controlOf(access: AccessMap) {
  const problems: Problem[] = [];
  const policy = compileAccessMap(access, new Set(["user", "application"]), problems);
  if (problems.length > 0) return undefined;
  return createAccessControl({
    policy,
    callers: new Set(["user", "application", "api-key"]),
    sources: {
      memberships: {
        find: () => ({ kind: "known", value: undefined }),
        organizationsOf: () => ({
          kind: "known",
          value: { ids: new Set(["org_1", "org_2"]), isComplete: true },
        }),
        forgetMember: () => undefined,
        forgetRoles: () => undefined,
      },
      featureFlags: { isEnabled: () => false, close: () => undefined },
    },
    workos: () => {
      throw new Error("this is not asked");
    },
    mayHelp: createStepUpMemory(
      () => 0,
      () => false,
      10,
    ).shouldChallenge,
    reportCheck: () => undefined,
  });
}

const use = (kind: "tools" | "prompts" | "resources", of: string, id = 1): object => ({
  jsonrpc: "2.0",
  id,
  ...(kind === "tools"
    ? { method: "tools/call", params: { name: of } }
    : kind === "prompts"
      ? { method: "prompts/get", params: { name: of } }
      : { method: "resources/read", params: { uri: of } }),
});

/** The same map with checks that allow everything. */
function withoutChecks<T>(given: T): T {
  if (typeof given === "function") return YES as T;
  if (typeof given !== "object" || given === null) return given;
  if (Array.isArray(given)) return given.map(withoutChecks) as T;
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => [key, withoutChecks(value)]),
  ) as T;
}

const valid = map.filter((one) => controlOf(one) !== undefined);
const RUNS = { numRuns: 300 };

describe("access control, whatever the map and the rights", () => {
  it("list and call agree: hidden is denied, shown is allowed or needs a scope", async () => {
    await fc.assert(
      fc.asyncProperty(valid, rights, async (access, who) => {
        const control = controlOf(access);
        // A list has no arguments, so that it asks no check.
        const calling = controlOf(withoutChecks(access));
        const credential = credentialOf(who);
        for (const [kind, member] of [
          ["tools", "tool"],
          ["prompts", "prompt"],
          ["resources", "resource"],
        ] as const) {
          const listed = await control?.(credential, {
            jsonrpc: "2.0",
            id: 1,
            method: `${kind}/list`,
          });
          if (listed?.kind !== "admitted" || listed.shows === undefined) throw new Error("no list");
          for (const one of NAMES) {
            const called = await calling?.(credential, use(kind, one));
            const curable =
              called?.kind === "refused" && called.refused.denial.reason === "insufficient_scope";
            expect(listed.shows[member](one)).toBe(called?.kind === "admitted" || curable);
          }
        }
      }),
      RUNS,
    );
  });

  it("a check only ever takes away", async () => {
    await fc.assert(
      fc.asyncProperty(valid, rights, name, async (access, who, one) => {
        const message = use("tools", one);
        const checked = await controlOf(access)?.(credentialOf(who), message);
        const unchecked = await controlOf(withoutChecks(access))?.(credentialOf(who), message);
        expect([checked?.kind, unchecked?.kind]).not.toEqual(["admitted", "refused"]);
      }),
      RUNS,
    );
  });

  it("the order of the map's keys and of a message's members changes nothing", async () => {
    const reversed = <T extends object>(given: T): T =>
      Object.fromEntries(Object.entries(given).toReversed()) as T;
    await fc.assert(
      fc.asyncProperty(valid, rights, name, async (access, who, one) => {
        const other = reversed({ ...access, tools: reversed(access.tools ?? {}) });
        const message = use("tools", one);
        const first = await controlOf(access)?.(credentialOf(who), message);
        const second = await controlOf(other)?.(credentialOf(who), reversed(message));
        const said = (judgement: typeof first): unknown =>
          judgement?.kind === "refused"
            ? [judgement.refused.denial, judgement.refused.rule]
            : judgement?.kind;
        expect(said(second)).toEqual(said(first));
      }),
      RUNS,
    );
  });

  it("a batch is denied exactly when one of its messages is", async () => {
    await fc.assert(
      fc.asyncProperty(
        valid,
        rights,
        fc.array(name, { minLength: 1, maxLength: 4 }),
        async (access, who, wanted) => {
          const control = controlOf(access);
          const credential = credentialOf(who);
          const alone = await Promise.all(
            wanted.map(async (one) => control?.(credential, use("tools", one))),
          );
          const batch = await control?.(
            credential,
            wanted.map((one, id) => use("tools", one, id)),
          );
          expect(batch?.kind).toBe(
            alone.every((one) => one?.kind === "admitted") ? "admitted" : "refused",
          );
        },
      ),
      RUNS,
    );
  });

  it("no body and no map makes anything throw, and every denial can be sent", async () => {
    const member = fc.oneof(fc.string(), name, fc.integer(), fc.constant(null), fc.jsonValue());
    const message = fc.record(
      {
        id: member,
        method: fc.oneof(
          fc.constantFrom(
            "tools/call",
            "prompts/get",
            "resources/read",
            "completion/complete",
            "subscriptions/listen",
            "tools/list",
          ),
          member,
        ),
        params: fc.oneof(
          fc.record(
            { name: member, uri: member, ref: member, notifications: member, arguments: member },
            { requiredKeys: [] },
          ),
          member,
        ),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(
        valid,
        rights,
        fc.oneof(message, fc.array(message), fc.jsonValue()),
        async (access, who, body) => {
          const judgement = await controlOf(access)?.(credentialOf(who), body);
          if (judgement?.kind !== "refused") return;
          for (const stepUp of ["http", "tool-result"] as const) {
            const answer = denialAnswer({
              ...judgement,
              who: { caller: who.kind, organizationId: who.organizationId },
              resourceMetadata: "https://mcp.example.com/.well-known/oauth-protected-resource/mcp",
              stepUp,
            });
            expect([200, 401, 403, 503]).toContain(answer.status);
            expect(() => JSON.parse(answer.body) as unknown).not.toThrow();
            const challenge = answer.headers["WWW-Authenticate"] ?? "Bearer a=b";
            expect(parseChallenge(challenge).scheme).toBe("Bearer");
          }
          const { denial, target } = judgement.refused;
          expect(
            explain(denial, target, {
              caller: who.kind,
              organizationId: who.organizationId,
            }),
          ).toMatch(/^[\x20-\x7e]+$/);
          expect(denialReason(denial)).toMatch(/^[a-z_]+$/);
        },
      ),
      RUNS,
    );
  });

  it("a map of any shape is refused with words, never with an exception of another kind", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (given) => {
        const problems: Problem[] = [];
        compileAccessMap(given as AccessMap, new Set(["user"]), problems);
        expect(
          problems.every(
            ({ path, message }) => path.startsWith("access") && message.includes(path),
          ),
        ).toBe(true);
      }),
      RUNS,
    );
  });
});

const glob = fc
  .array(fc.constantFrom("a", "b", "*"), { maxLength: 6 })
  .map((parts) => parts.join(""));
const word = fc.array(fc.constantFrom("a", "b"), { maxLength: 7 }).map((parts) => parts.join(""));
const oracle = (pattern: string): RegExp => new RegExp(`^${pattern.replaceAll("*", "[ab]*")}$`);
const WORDS = Array.from({ length: 8 }, (_, length) =>
  Array.from({ length: 2 ** length }, (_, bits) =>
    Array.from({ length }, (_, at) => ((bits >> at) & 1 ? "b" : "a")).join(""),
  ),
).flat();

describe("patterns", () => {
  it("match what a regular expression would", () => {
    fc.assert(
      fc.property(glob, word, (pattern, text) => {
        expect(matches(parsePattern(pattern), text)).toBe(oracle(pattern).test(text));
      }),
      { numRuns: 3_000 },
    );
  });

  it("overlap when some name fits both", () => {
    fc.assert(
      fc.property(glob, glob, (one, other) => {
        const [first, second] = [oracle(one), oracle(other)];
        const both = WORDS.some((text) => first.test(text) && second.test(text));
        const found = overlap(parsePattern(one), parsePattern(other));
        // With at most seven letters between them, two patterns that fit one name fit a short one.
        expect(one.length + other.length <= 7 ? found : found || !both).toBe(
          one.length + other.length <= 7 ? both : true,
        );
      }),
      { numRuns: 3_000 },
    );
  });

  it("of a resource take an expression of a template for a star", () => {
    const pattern = parseUriPattern("docs://{owner}/{id}.md");
    expect(pattern.text).toBe("docs://*/*.md");
    expect(matches(pattern, "docs://ada/1.md")).toBe(true);
    expect(matches(pattern, "docs://ada/1.txt")).toBe(false);
    expect(parsePattern("a{b}").text).toBe("a{b}");
    expect(parsePattern("a***b").text).toBe("a*b");
  });

  it("a long pattern against a long name takes no time to speak of", () => {
    const pattern = parsePattern(`${"a*".repeat(2_000)}b`);
    expect(matches(pattern, "a".repeat(100_000))).toBe(false);
  });

  it("printable() keeps what can be shown", () => {
    expect(printable("a\u0000b\nü😀")).toBe("a?b????");
    expect(printable("x".repeat(200))).toHaveLength(100);
  });
});
