import { describe, expect, it } from "vitest";
import type { Denial } from "../../src/access/decide.js";
import { createChallengePolicy } from "../../src/access/challenge-policy.js";
import { createStepUpMemory } from "../../src/access/step-up.js";

const person = {
  kind: "access-token",
  principal: { kind: "user", id: "user_01ADA" },
  authkit: { clientId: "client_01" },
} as never;
const key = { kind: "api-key", key: { id: "api_key_01" } } as never;

const SCOPES: Denial = { reason: "insufficient_scope", scopes: ["a", "b"] };
const ANY: Denial = { reason: "organization_required", organizations: [] };
const TWO: Denial = { reason: "organization_required", organizations: ["org_01A", "org_01B"] };

/** @param belongs where the person belongs, as WorkOS says; "silent" when it says nothing. */
function settling({
  mayHelp = true,
  belongs = ["org_01OTHER"],
  isComplete = true,
}: {
  mayHelp?: boolean;
  belongs?: readonly string[] | "silent";
  isComplete?: boolean;
} = {}) {
  const asked: string[] = [];
  const settle = createChallengePolicy(
    {
      memberships: {
        organizationsOf: (userId: string) => {
          asked.push(userId);
          return belongs === "silent"
            ? { kind: "unavailable" }
            : { kind: "known", value: { ids: new Set(belongs), isComplete } };
        },
      },
    } as never,
    (_token, lacks) => {
      asked.push(`help ${JSON.stringify(lacks)}`);
      return mayHelp;
    },
  );
  return { settle, asked };
}

describe("whether a denial is worth a challenge", () => {
  it("a scope is, until a newer token came without it", async () => {
    const { settle, asked } = settling();
    expect(await settle(person, SCOPES)).toBe(SCOPES);
    expect(asked).toEqual(['help {"scopes":["a","b"]}']);
    expect(await settling({ mayHelp: false }).settle(person, SCOPES)).toEqual({
      reason: "access_missing",
      missing: { scopes: ["a", "b"] },
    });
  });

  it("an organization is, when there is such a one to choose, and that is one question", async () => {
    const first = settling({ belongs: ["org_01OTHER", "org_01B"] });
    expect(await first.settle(person, TWO)).toBe(TWO);
    expect(first.asked).toEqual(["user_01ADA", 'help {"organizations":["org_01A","org_01B"]}']);
    const any = settling();
    expect(await any.settle(person, ANY)).toBe(ANY);
    expect(any.asked).toEqual(["user_01ADA", 'help {"organizations":[]}']);
  });

  it("an organization is, when memberships are unknown", async () => {
    expect(await settling({ belongs: "silent" }).settle(person, TWO)).toBe(TWO);
    expect(await settling({ belongs: "silent" }).settle(person, ANY)).toBe(ANY);
    // There are more of them than were asked for.
    expect(await settling({ isComplete: false }).settle(person, TWO)).toBe(TWO);
  });

  it("an organization is not, when there is none to choose", async () => {
    expect(await settling().settle(person, TWO)).toEqual({
      reason: "access_missing",
      missing: { organization: ["org_01A", "org_01B"] },
    });
    expect(await settling({ belongs: [] }).settle(person, ANY)).toEqual({
      reason: "access_missing",
      missing: { organization: "required" },
    });
  });

  it("an organization is not, when a newer token came without", async () => {
    expect(await settling({ mayHelp: false, belongs: ["org_01A"] }).settle(person, TWO)).toEqual({
      reason: "organization_not_chosen",
      organizations: ["org_01A", "org_01B"],
    });
  });

  it("another URL is the answer where the URL selects the organization", async () => {
    const urlOf = (id: string): string => `https://x.example/mcp/o/${id}`;
    const { settle, asked } = settling({ belongs: ["org_01B"] });
    expect(await settle(person, TWO, urlOf)).toEqual({
      reason: "organization_elsewhere",
      urls: ["https://x.example/mcp/o/org_01A", "https://x.example/mcp/o/org_01B"],
    });
    expect(asked).toEqual(["user_01ADA"]);
    // No user is sent to a URL of an organization that is not theirs.
    expect(await settling().settle(person, TWO, urlOf)).toEqual({
      reason: "access_missing",
      missing: { organization: ["org_01A", "org_01B"] },
    });
  });

  it("what does not help gives way to what the rule's next alternative lacks", async () => {
    const otherwise: Denial = { reason: "access_missing", missing: { role: ["admin"] } };
    expect(await settling().settle(person, { ...TWO, otherwise })).toBe(otherwise);
    const refused = settling({ mayHelp: false, belongs: ["org_01A"] });
    expect(await refused.settle(person, { ...SCOPES, otherwise })).toBe(otherwise);
    const last: Denial = { ...SCOPES, otherwise: { ...TWO, otherwise } };
    expect(await refused.settle(person, last)).toBe(otherwise);
    expect(await refused.settle(person, { ...SCOPES, otherwise: TWO })).toEqual({
      reason: "access_missing",
      missing: { scopes: ["a", "b"] },
    });
    const curable: Denial = { ...SCOPES, otherwise };
    expect(await settling().settle(person, curable)).toBe(curable);
  });

  it("sends no user to sign in for one alternative after the other", async () => {
    const now = { at: 0 };
    const settle = createChallengePolicy(
      {} as never,
      createStepUpMemory(
        () => now.at,
        () => false,
        10,
      ).shouldChallenge,
    );
    const scope = (name: string, otherwise?: Denial): Denial => ({
      reason: "insufficient_scope",
      scopes: [name],
      ...(otherwise === undefined ? {} : { otherwise }),
    });
    const denial = scope("s0", scope("s1", scope("s2")));
    const reasons: string[] = [];
    for (let token = 1; token <= 4; token += 1) {
      now.at = token * 120_000;
      const claims = { iat: now.at / 1000, jti: `${token}` };
      const settled = await settle({ ...(person as object), claims } as never, denial);
      reasons.push("scopes" in settled ? (settled.scopes[0] ?? "") : settled.reason);
    }
    expect(reasons).toEqual(["s0", "access_missing", "s0", "access_missing"]);
  });

  it("nothing is that signing in does not cure, nor for an API key", async () => {
    const { settle, asked } = settling();
    const missing: Denial = { reason: "access_missing", missing: { role: ["admin"] } };
    expect(await settle(person, missing)).toBe(missing);
    expect(await settle(key, SCOPES)).toBe(SCOPES);
    expect(await settle(key, TWO)).toBe(TWO);
    expect(asked).toEqual([]);
  });
});
