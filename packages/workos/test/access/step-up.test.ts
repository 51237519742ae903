import { describe, expect, it } from "vitest";
import { createStepUpMemory } from "../../src/access/step-up.js";

const NOON = Date.UTC(2026, 0, 15, 12, 0, 0);

/** A memory, its clock, and tokens by how many seconds after noon they were issued. */
function remembering() {
  const clock = { now: NOON };
  const mayHelp = createStepUpMemory(() => clock.now);
  const token = (
    seconds: number,
    more: { readonly person?: string; readonly client?: string } = {},
  ) =>
    ({
      claims: {
        iat: NOON / 1000 + seconds,
        exp: NOON / 1000 + seconds + 3_600,
        jti: `t${seconds}`,
      },
      principal: { id: more.person ?? "user_01ADA" },
      authkit: { clientId: more.client ?? "client_01" },
    }) as never;
  /** Whether a token is challenged at so many seconds after noon. */
  const isChallenged = (
    at: number,
    issuedAt: number,
    more: Parameters<typeof token>[1] = {},
  ): boolean => {
    clock.now = NOON + at * 1000;
    return mayHelp(token(issuedAt, more), "mail");
  };
  return { isChallenged, mayHelp, token, clock };
}

describe("who is sent back to sign in", () => {
  it("is whoever lacks something for the first time, and with that token each time", () => {
    const { isChallenged } = remembering();
    expect(isChallenged(10, 0)).toBe(true);
    expect(isChallenged(11, 0)).toBe(true);
    expect(isChallenged(3_000, 0)).toBe(true);
  });

  it("is not who did and came back without, for as long as that token is good", () => {
    const { isChallenged } = remembering();
    isChallenged(10, 0);
    expect(isChallenged(40, 39)).toBe(false);
    // Ten minutes and more later.
    expect(isChallenged(700, 39)).toBe(false);
    expect(isChallenged(3_600, 39)).toBe(false);
  });

  it("is who has a token from before the challenge, which did not come of it", () => {
    const { isChallenged } = remembering();
    isChallenged(300, 0);
    expect(isChallenged(310, 200)).toBe(true);
    expect(isChallenged(311, 294)).toBe(true);
    // What comes of it then is told.
    expect(isChallenged(330, 320)).toBe(false);
    expect(isChallenged(331, 200)).toBe(true);
  });

  it("takes AuthKit's clock for up to five seconds behind, as everywhere", () => {
    const first = remembering();
    first.isChallenged(300, 0);
    expect(first.isChallenged(301, 294)).toBe(true);
    const second = remembering();
    second.isChallenged(300, 0);
    expect(second.isChallenged(301, 295)).toBe(false);
  });

  it("is who tries once more, with a token that is newer still, while the told one stays told", () => {
    const { isChallenged } = remembering();
    isChallenged(10, 0);
    expect(isChallenged(40, 39)).toBe(false);
    expect(isChallenged(60, 59)).toBe(true);
    expect(isChallenged(61, 39)).toBe(false);
    expect(isChallenged(62, 59)).toBe(true);
    expect(isChallenged(90, 89)).toBe(false);
    expect(isChallenged(91, 89)).toBe(false);
  });

  it("is who comes ten minutes after a challenge that nothing came of", () => {
    const { isChallenged } = remembering();
    isChallenged(0, -10);
    expect(isChallenged(600, 590)).toBe(true);
    expect(isChallenged(620, 610)).toBe(false);
    const other = remembering();
    other.isChallenged(0, -10);
    expect(other.isChallenged(599, 590)).toBe(false);
  });

  it("is remembered for a person, a client and what is lacking", () => {
    const { isChallenged, mayHelp, token } = remembering();
    isChallenged(10, 0);
    expect(isChallenged(40, 39, { person: "user_01BOB" })).toBe(true);
    expect(isChallenged(40, 39, { client: "client_02" })).toBe(true);
    expect(mayHelp(token(39), "calendar")).toBe(true);
    expect(isChallenged(40, 39)).toBe(false);
  });

  it("is known by when its token was issued, or when it ends, if the token has no ID", () => {
    const { mayHelp, clock } = remembering();
    const bare = (claims: object) =>
      ({ claims, principal: { id: "user_01ADA" }, authkit: { clientId: "client_01" } }) as never;
    const at = NOON / 1000;
    clock.now = NOON;
    expect(mayHelp(bare({ iat: at - 5, exp: at + 300 }), "mail")).toBe(true);
    expect(mayHelp(bare({ iat: at - 5, exp: at + 301 }), "mail")).toBe(true);
    expect(mayHelp(bare({ iat: at - 4, exp: at + 300 }), "mail")).toBe(false);
    expect(mayHelp(bare({ exp: at + 300 }), "calendar")).toBe(true);
    expect(mayHelp(bare({ exp: at + 300 }), "calendar")).toBe(true);
    expect(mayHelp(bare({ exp: at + 301 }), "calendar")).toBe(false);
  });

  it("is asked anew when ten thousand others came since", () => {
    const { isChallenged } = remembering();
    isChallenged(10, 0);
    isChallenged(40, 39);
    for (let other = 0; other < 10_000; other += 1)
      isChallenged(41, 0, { person: `user_${other}` });
    expect(isChallenged(42, 39)).toBe(true);
  });
});
