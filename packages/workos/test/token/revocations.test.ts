import { describe, expect, it } from "vitest";
import { createRevocations } from "../../src/token/revocations.js";
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
  it("refuses nobody at first", () => {
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
  ])("refuses the tokens of %s, and nobody else's", (_, subject, his, others) => {
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

  it("refuses a token that does not say when it was issued", () => {
    const { add, isRevoked } = list();
    add({ userId: "user_01ADA" }, NOW);
    const timeless = { ...tokenOf(), claims: {} } as unknown as VerifiedToken;
    expect(isRevoked(timeless)).toBe(true);
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

  it("forgets an entry when every token that it concerns has ended", () => {
    const { add, isRevoked, clock, size } = list();
    add({ userId: "user_01ADA" }, NOW - HOUR / 2);
    // Five seconds after a token's end it is still accepted.
    clock.now = NOW + HOUR / 2 + 5_000;
    expect(isRevoked(tokenOf({ issuedAt: NOW - HOUR }))).toBe(true);
    clock.now += 1;
    expect(isRevoked(tokenOf({ issuedAt: NOW - HOUR }))).toBe(false);
    add({ userId: "user_01BOB" }, NOW - HOUR);
    expect(size()).toBe(0);
  });

  it("keeps its entries when the time of day jumps ahead", () => {
    const [day, passed] = [{ now: NOW }, { now: 1 }];
    const { add, isRevoked } = createRevocations(
      () => day.now,
      HOUR,
      () => passed.now,
    );
    add({ userId: "user_01ADA" }, NOW);
    day.now += 48 * HOUR;
    passed.now += 60_000;
    expect(isRevoked(tokenOf())).toBe(true);
    passed.now += HOUR;
    expect(isRevoked(tokenOf())).toBe(false);
  });

  it("is bounded", () => {
    const { add, size } = list();
    for (let index = 0; index < 100_050; index += 1) add({ userId: `user_${index}` }, NOW);
    expect(size()).toBe(100_000);
  });

  it("lets nobody back in whose entry made room: everybody of before refreshes", () => {
    const { add, isRevoked } = list();
    add({ userId: "user_01ADA" }, NOW - 30_000);
    for (let index = 0; index < 100_000; index += 1) add({ userId: `user_${index}` }, NOW);
    const bob = (issuedAt: number) => tokenOf({ userId: "user_01BOB", issuedAt });
    expect(isRevoked(tokenOf())).toBe(true);
    expect(isRevoked(bob(NOW - 30_000))).toBe(true);
    expect(isRevoked(bob(NOW - 29_000))).toBe(false);
  });

  it("refuses everybody of before also when the list has become empty since", () => {
    const { add, isRevoked, clock, size } = list();
    const names = Array.from({ length: 100_001 }, (_, index) => `user_${index}`);
    for (const userId of names) add({ userId }, NOW);
    clock.now += 2 * HOUR;
    for (const userId of names) isRevoked(tokenOf({ userId, issuedAt: clock.now }));
    expect(size()).toBe(0);
    expect(isRevoked(tokenOf({ userId: "user_01BOB", issuedAt: NOW }))).toBe(true);
    expect(isRevoked(tokenOf({ userId: "user_01BOB", issuedAt: NOW + 1000 }))).toBe(false);
  });
});
