import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createStepUpMemory } from "../../src/access/step-up.js";

const MAIL = { scopes: ["mail"] };
const CALENDAR = { scopes: ["calendar"] };
const NOON = Date.UTC(2026, 0, 15, 12, 0, 0);

/** A memory, its clock, and tokens by how many seconds after noon they were issued. */
function remembering(clockToleranceSeconds = 5) {
  const clock = { now: NOON };
  const memory = createStepUpMemory(
    () => clock.now,
    (granted, required) => granted.includes(required),
    clockToleranceSeconds,
  );
  const { shouldChallenge: mayHelp } = memory;
  const token = (
    seconds: number,
    more: {
      readonly person?: string;
      readonly client?: string;
      readonly scopes?: readonly string[];
      readonly organizationId?: string;
      readonly id?: string;
    } = {},
  ) =>
    ({
      claims: {
        iat: NOON / 1000 + seconds,
        exp: NOON / 1000 + seconds + 3_600,
        jti: more.id ?? `t${seconds}`,
      },
      principal: { id: more.person ?? "user_01ADA" },
      authkit: {
        clientId: more.client ?? "client_01",
        scopes: more.scopes ?? [],
        organizationId: more.organizationId,
      },
    }) as never;
  /** Notes a request with a token at so many seconds after noon. */
  const observe = (at: number, issuedAt: number, more: Parameters<typeof token>[1] = {}): void => {
    clock.now = NOON + at * 1000;
    memory.observe(token(issuedAt, more));
  };
  /** Whether a token is challenged at so many seconds after noon. */
  const isChallenged = (
    at: number,
    issuedAt: number,
    more: Parameters<typeof token>[1] = {},
  ): boolean => {
    clock.now = NOON + at * 1000;
    return mayHelp(token(issuedAt, more), MAIL);
  };
  return { isChallenged, observe, mayHelp, token, clock };
}

describe("who is sent back to sign in", () => {
  it("is a caller who lacks something for the first time, and with that token each time", () => {
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
    expect(mayHelp(token(39), CALENDAR)).toBe(true);
    expect(isChallenged(40, 39)).toBe(false);
  });

  it("takes a token for a newer one by the clock tolerance that is configured", () => {
    const { isChallenged } = remembering(20);
    expect(isChallenged(0, -100)).toBe(true);
    expect(isChallenged(30, -21)).toBe(true);
    expect(isChallenged(30, -20)).toBe(false);
  });

  it("is known by when its token was issued, if the token has no ID", () => {
    const { mayHelp, clock } = remembering();
    const bare = (claims: object) =>
      ({ claims, principal: { id: "user_01ADA" }, authkit: { clientId: "client_01" } }) as never;
    const at = NOON / 1000;
    clock.now = NOON;
    expect(mayHelp(bare({ iat: at - 5, exp: at + 300 }), MAIL)).toBe(true);
    expect(mayHelp(bare({ iat: at - 5, exp: at + 301 }), MAIL)).toBe(true);
    expect(mayHelp(bare({ iat: at - 4, exp: at + 300 }), MAIL)).toBe(false);
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

describe("a challenge that was met", () => {
  it("is closed, so that a later token without it is challenged and not told that it did not help", () => {
    const { isChallenged, observe } = remembering();
    expect(isChallenged(10, 0)).toBe(true);
    observe(31, 30, { scopes: ["mail"] });
    // As a client that asks for its usual scopes only, when it signs in for an organization.
    expect(isChallenged(60, 59)).toBe(true);
    expect(isChallenged(90, 89)).toBe(false);
  });

  it("is not closed by a token from before it, nor by one of another user or client", () => {
    const { isChallenged, observe } = remembering();
    isChallenged(100, 0);
    observe(101, 50, { scopes: ["mail"] });
    observe(111, 110, { scopes: ["mail"], person: "user_01BOB" });
    observe(111, 110, { scopes: ["mail"], client: "client_02" });
    observe(111, 110, { scopes: ["calendar"] });
    expect(isChallenged(130, 120)).toBe(false);
  });

  it("is one for an organization too: any, or one of those named", () => {
    const { observe, mayHelp, token } = remembering();
    const lacks = { organizations: ["org_01A", "org_01B"] };
    mayHelp(token(-10), lacks);
    mayHelp(token(-10), { organizations: [] });
    observe(21, 20, { organizationId: "org_01C" });
    expect(mayHelp(token(30), lacks)).toBe(false);
    expect(mayHelp(token(30), { organizations: [] })).toBe(true);
    mayHelp(token(40), lacks);
    observe(51, 50, { organizationId: "org_01B" });
    expect(mayHelp(token(60), lacks)).toBe(true);
  });

  it("leaves a token told that was told", () => {
    const { isChallenged, observe } = remembering();
    isChallenged(10, 0);
    expect(isChallenged(40, 39)).toBe(false);
    observe(51, 50, { scopes: ["mail"] });
    expect(isChallenged(60, 39)).toBe(false);
  });
});

describe("a second device of the same user and client", () => {
  it("is challenged itself while the first goes on with the challenged token", () => {
    const { isChallenged, observe } = remembering();
    isChallenged(10, 0);
    // Signed in at 30, while the first device has not signed in again.
    observe(40, 0);
    expect(isChallenged(41, 30, { id: "second" })).toBe(true);
    expect(isChallenged(70, 60)).toBe(false);
  });

  it("is challenged three times at most while nothing was met", () => {
    const { isChallenged, observe } = remembering();
    isChallenged(10, 0);
    let previous: { seconds: number; id?: string } = { seconds: 0 };
    const challenged: boolean[] = [];
    for (let device = 1; device <= 5; device += 1) {
      observe(10 + device * 30, previous.seconds, previous.id === undefined ? {} : previous);
      const own = { seconds: device * 30, id: `device ${device}` };
      challenged.push(isChallenged(11 + device * 30, own.seconds, own));
      previous = own;
    }
    expect(challenged).toEqual([true, true, true, false, true]);
  });
});

describe("what is remembered", () => {
  it("is bounded by its length, with organizations of 12,000 characters", () => {
    const { mayHelp, token } = remembering();
    const long = (one: number) => ({ organizations: [`org_${one}${"A".repeat(12_000)}`] });
    for (let one = 0; one < 1_000; one += 1)
      mayHelp(token(0, { person: `user_${one}` }), long(one));
    // 332 of them fit into 4,000,000 characters.
    const kept = Array.from(
      { length: 1_000 },
      (_, one) => !mayHelp(token(30, { person: `user_${999 - one}` }), long(999 - one)),
    ).filter(Boolean).length;
    expect(kept).toBeGreaterThan(300);
    expect(kept).toBeLessThan(334);
  });

  it("of one user and client is the latest 20 challenges", () => {
    const { mayHelp, token } = remembering();
    const lack = (one: number) => ({ scopes: [`s${one}`] });
    for (let one = 0; one < 21; one += 1) mayHelp(token(-10), lack(one));
    expect(mayHelp(token(30), lack(20))).toBe(false);
    expect(mayHelp(token(30), lack(1))).toBe(false);
    expect(mayHelp(token(30), lack(0))).toBe(true);
  });
});

describe("a client that signs in again whenever it is challenged", () => {
  it("is told once each, when several devices lack the same and call in turn", () => {
    const { isChallenged } = remembering();
    let at = 0;
    const tokens = [0, 1, 2].map((device) => ({ at: -10, id: `d${device}`, scopes: [""] }));
    let signIns = 0;
    for (let round = 0; round < 30; round += 1) {
      for (const [device, token] of tokens.entries()) {
        at += 10;
        if (!isChallenged(at, token.at, token)) continue;
        signIns += 1;
        tokens[device] = { at: at + 6, id: `d${device} ${signIns}`, scopes: [""] };
        at += 7;
      }
    }
    // A bound of its own, however often they call.
    expect(signIns).toBeLessThanOrEqual(12);
  });

  it("gets through when signing in brings what it lacks, and else is told after every challenge", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ device: fc.nat(2), wait: fc.integer({ min: 6, max: 200 }) }), {
          maxLength: 60,
        }),
        fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
        (calls, grants) => {
          const { isChallenged, observe } = remembering();
          let at = 0;
          const tokens = grants.map((_, device) => ({ at: -10, id: `d${device}`, scopes: [""] }));
          const signIns = grants.map(() => 0);
          for (const { device, wait } of calls) {
            at += wait;
            for (;;) {
              const token = tokens[device] as (typeof tokens)[number];
              observe(at, token.at, token);
              if (token.scopes.includes("mail")) break;
              if (!isChallenged(at, token.at, token)) break;
              at += 6;
              signIns[device] = (signIns[device] ?? 0) + 1;
              const scopes = grants[device] === true ? ["mail"] : [""];
              tokens[device] = { at, id: `d${device} ${signIns[device]}`, scopes };
              at += 1;
            }
          }
          for (const [device, isGranted] of grants.entries()) {
            const called = calls.filter((one) => one.device === device).length;
            if (called === 0) continue;
            // A user who obtains it needs one sign-in; one who does not is told, whatever the other devices do.
            expect(signIns[device]).toBeLessThanOrEqual(isGranted ? 1 : 4);
            expect(tokens[device]?.scopes).toEqual(isGranted ? ["mail"] : [""]);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
