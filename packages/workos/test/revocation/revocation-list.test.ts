import { describe, expect, it } from "vitest";
import { createRevocations } from "../../src/revocation/revocation-list.js";
import type { VerifiedToken } from "../../src/token/verify.js";

const HOUR = 3_600_000;
const NOW = 1_700_000_000_000;

interface Who {
  readonly userId?: string;
  readonly sessionId?: string;
  readonly organizationId?: string;
  /** Milliseconds since the epoch. */
  readonly issuedAt?: number | undefined;
}

const tokenOf = ({
  userId = "user_01ADA",
  sessionId = "app_consent_01ADA",
  organizationId,
  issuedAt = NOW - 60_000,
}: Who = {}): VerifiedToken =>
  ({
    claims: { iat: Math.floor(issuedAt / 1000) },
    principal: { kind: "user", id: userId, sessionId },
    authkit: { organizationId },
  }) as unknown as VerifiedToken;

const machine = (organizationId: string): VerifiedToken =>
  ({
    claims: { iat: NOW / 1000 - 60 },
    principal: { kind: "application", id: "client_01M2M" },
    authkit: { organizationId },
  }) as unknown as VerifiedToken;

function list() {
  const clock = { now: NOW };
  return { clock, ...createRevocations(() => clock.now, HOUR) };
}

describe("createRevocations", () => {
  it("refuses no caller at first", () => {
    expect(list().isRevoked(tokenOf())).toBe(false);
  });

  it.each([
    ["a person", { userId: "user_01ADA" }, { userId: "user_01ADA" }, { userId: "user_01BOB" }],
    [
      "a person in an organization",
      { userId: "user_01ADA", organizationId: "org_01ACME" },
      { organizationId: "org_01ACME" },
      { organizationId: "org_01GLOBEX" },
    ],
    [
      "a person in an organization, for a token without one",
      { userId: "user_01ADA", organizationId: "org_01ACME" },
      { organizationId: "org_01ACME" },
      {},
    ],
    [
      "an organization",
      { organizationId: "org_01ACME" },
      { userId: "user_01BOB", organizationId: "org_01ACME" },
      { userId: "user_01BOB" },
    ],
    [
      "a session",
      { sessionId: "session_01A" },
      { sessionId: "session_01A" },
      { sessionId: "session_01B" },
    ],
  ])("refuses the tokens of %s, and no others", (_, subject, his, others) => {
    const { add, isRevoked } = list();
    add(subject, NOW);
    expect(isRevoked(tokenOf(his))).toBe(true);
    expect(isRevoked(tokenOf(others))).toBe(false);
  });

  it("refuses machines of a deleted organization", () => {
    const { add, isRevoked } = list();
    add({ organizationId: "org_01ACME" }, NOW);
    expect(isRevoked(machine("org_01ACME"))).toBe(true);
    expect(isRevoked(machine("org_01GLOBEX"))).toBe(false);
  });

  it("accepts what was issued after the cut-off, and not what was issued in its second", () => {
    const { add, isRevoked } = list();
    add({ userId: "user_01ADA" }, NOW);
    expect(isRevoked(tokenOf({ issuedAt: NOW - 1000 }))).toBe(true);
    expect(isRevoked(tokenOf({ issuedAt: NOW + 999 }))).toBe(true);
    expect(isRevoked(tokenOf({ issuedAt: NOW + 1000 }))).toBe(false);
  });

  it("keeps the later of two cut-offs, whichever comes first", () => {
    for (const order of [
      [NOW - 30_000, NOW],
      [NOW, NOW - 30_000],
    ]) {
      const { add, isRevoked } = list();
      for (const at of order) add({ userId: "user_01ADA" }, at);
      expect(isRevoked(tokenOf({ issuedAt: NOW - 10_000 }))).toBe(true);
    }
  });

  it("takes no entry whose tokens have all ended", () => {
    const { add, size } = list();
    // Sixty seconds after a token's end it may still be accepted.
    add({ userId: "user_01ADA" }, NOW - HOUR - 59_999);
    add({ userId: "user_01BOB" }, NOW - HOUR - 60_000);
    expect(size()).toBe(1);
  });

  it("is bounded, and lets those go first whose tokens have all ended", () => {
    const { add, size, clock, isRevoked } = list();
    for (let index = 0; index < 50_000; index += 1) add({ userId: `old_${index}` }, NOW);
    clock.now += HOUR + 60_000;
    for (let index = 0; index < 50_001; index += 1) add({ userId: `user_${index}` }, clock.now);
    expect(size()).toBe(50_001);
    // No other entry had to go.
    expect(isRevoked(tokenOf({ userId: "user_01BOB", issuedAt: clock.now - 1_000 }))).toBe(false);
    for (let index = 0; index < 100_050; index += 1) add({ userId: `more_${index}` }, clock.now);
    expect(size()).toBeLessThanOrEqual(100_000);
  });

  it("lets the oldest go first, also when they were heard of last", () => {
    const { add, isRevoked } = list();
    for (let index = 0; index < 60_000; index += 1) add({ userId: `new_${index}` }, NOW - index);
    for (let index = 0; index < 60_000; index += 1) {
      add({ userId: `old_${index}` }, NOW - HOUR / 2 - index);
    }
    const bob = (issuedAt: number) => tokenOf({ userId: "user_01BOB", issuedAt });
    expect(isRevoked(bob(NOW - HOUR / 2 - 61_000))).toBe(true);
    expect(isRevoked(bob(NOW - HOUR / 4))).toBe(false);
    expect(isRevoked(tokenOf({ userId: "new_59999", issuedAt: NOW - 62_000 }))).toBe(true);
    expect(isRevoked(tokenOf({ userId: "old_59999", issuedAt: NOW - HOUR / 2 - 62_000 }))).toBe(
      true,
    );
  });

  it("lets no caller back in whose entry made room: all of before refresh", () => {
    const { add, isRevoked } = list();
    add({ userId: "user_01ADA" }, NOW - 30_000);
    for (let index = 0; index < 100_000; index += 1) {
      add({ userId: `user_${index}` }, NOW - 29_000 + index / 10);
    }
    const bob = (issuedAt: number) => tokenOf({ userId: "user_01BOB", issuedAt });
    expect(isRevoked(tokenOf())).toBe(true);
    expect(isRevoked(bob(NOW - 30_000))).toBe(true);
    expect(isRevoked(bob(NOW - 27_000))).toBe(false);
  });

  it("refuses all of before also when hardly an entry is left in the list", () => {
    const { add, isRevoked, size } = list();
    for (let index = 0; index < 100_001; index += 1) add({ userId: `user_${index}` }, NOW);
    expect(size()).toBe(1);
    expect(isRevoked(tokenOf({ userId: "user_01BOB", issuedAt: NOW }))).toBe(true);
    expect(isRevoked(tokenOf({ userId: "user_01BOB", issuedAt: NOW + 1000 }))).toBe(false);
  });
});
