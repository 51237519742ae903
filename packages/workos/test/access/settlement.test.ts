import { describe, expect, it } from "vitest";
import type { Denial } from "../../src/access/decide.js";
import { createSettlement } from "../../src/access/settlement.js";

const person = {
  kind: "access-token",
  principal: { kind: "user", id: "user_01ADA" },
  authkit: { clientId: "client_01" },
} as never;
const key = { kind: "api-key", key: { id: "api_key_01" } } as never;

const SCOPES: Denial = { reason: "insufficient_scope", scopes: ["a", "b"] };
const ANY: Denial = { reason: "organization_required", organizations: [] };
const TWO: Denial = { reason: "organization_required", organizations: ["org_01A", "org_01B"] };

/** @param belongs what WorkOS says of each organization; "silent" when it says nothing. */
function settling({
  mayHelp = true,
  anywhere = true,
  belongs = {},
}: {
  mayHelp?: boolean;
  anywhere?: boolean | "silent";
  belongs?: Record<string, boolean | "silent">;
} = {}) {
  const asked: string[] = [];
  const settle = createSettlement(
    {
      memberships: {
        belongsAnywhere: (userId: string) => {
          asked.push(userId);
          return anywhere === "silent"
            ? { kind: "unavailable" }
            : { kind: "known", value: anywhere };
        },
        find: (_userId: string, organizationId: string) => {
          asked.push(organizationId);
          const said = belongs[organizationId] ?? false;
          return said === "silent"
            ? { kind: "unavailable" }
            : { kind: "known", value: said ? { id: "om_01" } : undefined };
        },
      },
    } as never,
    (_token, lacks) => {
      asked.push(`help ${lacks}`);
      return mayHelp;
    },
  );
  return { settle, asked };
}

describe("whether a denial is worth a challenge", () => {
  it("a scope is, until a newer token came without it", async () => {
    const { settle, asked } = settling();
    expect(await settle(person, SCOPES)).toBe(SCOPES);
    expect(asked).toEqual(["help a b"]);
    expect(await settling({ mayHelp: false }).settle(person, SCOPES)).toEqual({
      reason: "access_missing",
      missing: { scopes: ["a", "b"] },
    });
  });

  it("an organization is, when there is such a one to choose", async () => {
    const first = settling({ belongs: { org_01B: true } });
    expect(await first.settle(person, TWO)).toBe(TWO);
    expect(first.asked).toEqual(["org_01A", "org_01B", "help organization org_01A org_01B"]);
    const any = settling();
    expect(await any.settle(person, ANY)).toBe(ANY);
    expect(any.asked).toEqual(["user_01ADA", "help organization "]);
  });

  it("an organization is, when nobody can tell", async () => {
    expect(await settling({ belongs: { org_01A: "silent" } }).settle(person, TWO)).toBe(TWO);
    expect(await settling({ anywhere: "silent" }).settle(person, ANY)).toBe(ANY);
  });

  it("an organization is not, when there is none to choose", async () => {
    expect(await settling().settle(person, TWO)).toEqual({
      reason: "access_missing",
      missing: { organizations: ["org_01A", "org_01B"] },
    });
    expect(await settling({ anywhere: false }).settle(person, ANY)).toEqual({
      reason: "access_missing",
      missing: { organizations: [] },
    });
  });

  it("an organization is not, when a newer token came without", async () => {
    expect(
      await settling({ mayHelp: false, belongs: { org_01A: true } }).settle(person, TWO),
    ).toEqual({ reason: "organization_not_chosen", organizations: ["org_01A", "org_01B"] });
  });

  it("nothing is that signing in does not mend, nor for an API key", async () => {
    const { settle, asked } = settling();
    const missing: Denial = { reason: "access_missing", missing: { roles: ["admin"] } };
    expect(await settle(person, missing)).toBe(missing);
    expect(await settle(key, SCOPES)).toBe(SCOPES);
    expect(await settle(key, TWO)).toBe(TWO);
    expect(asked).toEqual([]);
  });
});
