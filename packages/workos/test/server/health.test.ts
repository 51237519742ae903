import { describe, expect, it } from "vitest";
import { createHealth, type HealthOptions } from "../../src/server/health.js";

const GOOD: HealthOptions = {
  keySets: new Map([["https://acme.authkit.app", { age: () => Promise.resolve(5_000) }]]),
  audience: () => "resource",
  access: { isReachable: () => true } as HealthOptions["access"],
  checks: { isReachable: () => true } as HealthOptions["checks"],
  ownKey: { isRefused: () => false } as HealthOptions["ownKey"],
  memberships: { isLeftAlone: () => false },
  watch: undefined,
  failClosedAfterMs: undefined,
  connected: [],
  now: () => 0,
};

describe("health", () => {
  it("is ready and reachable when nothing is wrong", async () => {
    expect(await createHealth(GOOD)()).toEqual({
      isReady: true,
      audience: "resource",
      keys: [{ issuer: "https://acme.authkit.app", ageSeconds: 5 }],
      api: { isReachable: true },
    });
  });

  it.each([
    ["decisions' calls fail", { access: { isReachable: () => false } }],
    ["checks' calls fail", { checks: { isReachable: () => false } }],
    ["WorkOS asked to be left alone", { memberships: { isLeftAlone: () => true } }],
  ])("does not call the API reachable while %s", async (_, wrong) => {
    const health = await createHealth({ ...GOOD, ...(wrong as Partial<HealthOptions>) })();
    expect(health).toMatchObject({ isReady: true, api: { isReachable: false } });
  });

  it("is neither ready nor reachable while WorkOS refuses the API key", async () => {
    const ownKey = { isRefused: () => true } as HealthOptions["ownKey"];
    expect(await createHealth({ ...GOOD, ownKey })()).toMatchObject({
      isReady: false,
      api: { isReachable: false },
    });
  });
});
