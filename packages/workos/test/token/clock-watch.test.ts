import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createClockWatch, type ClockWatch } from "../../src/token/clock-watch.js";
import type { AuthEvent } from "../../src/trail/event.js";
import { NOW } from "../support/issuer.js";

const URL_OF_KEYS = "https://acme.authkit.app/oauth2/jwks";

interface Answer {
  /** What our clock is ahead of AuthKit's, in milliseconds. */
  readonly ahead: number;
  readonly there?: number;
  readonly back?: number;
  readonly status?: number;
  readonly headers?: Record<string, string>;
  /** Seconds that a cache kept the answer. */
  readonly age?: number;
  /** The field Age, in the place of its whole seconds. */
  readonly ageText?: string;
}

function start(toleranceSeconds = 10): {
  watch: ClockWatch;
  clock: { now: number };
  details: string[];
  ask: (answer: Answer) => Promise<Response>;
} {
  const clock = { now: NOW };
  const details: string[] = [];
  let answer: Answer = { ahead: 0 };
  const watch = createClockWatch({
    now: () => clock.now,
    toleranceSeconds,
    trail: (event: AuthEvent) => {
      if (event.kind === "advice" && event.code === "clock_differs") details.push(event.detail);
    },
    fetch: async () => {
      const { ahead, there = 20, back = 20, status = 200, headers, age = 0, ageText } = answer;
      clock.now += there;
      const theirs = clock.now - ahead - age * 1000;
      clock.now += back;
      return new Response("{}", {
        status,
        headers: headers ?? {
          date: new Date(theirs).toUTCString(),
          ...(age === 0 ? {} : { age: ageText ?? String(Math.floor(age)) }),
        },
      });
    },
  });
  const ask = async (next: Answer): Promise<Response> => {
    answer = next;
    clock.now += 30_000;
    return watch.fetch(URL_OF_KEYS);
  };
  return { watch, clock, details, ask };
}

const FUTURE = { reason: "token_issued_in_future", secondsAhead: 19.5 } as const;
const BEHIND =
  "this machine's clock is at least 19 s behind AuthKit's, more than the 10 s that clockToleranceSeconds allows, so new tokens are refused as issued in the future. Synchronize the clock by NTP; until then clockToleranceSeconds can be set to up to 60";
const AHEAD =
  "this machine's clock is at least 19 s ahead of AuthKit's, more than the 10 s that clockToleranceSeconds allows, so tokens are refused as expired before they are. Synchronize the clock by NTP; until then clockToleranceSeconds can be set to up to 60";

describe("createClockWatch", () => {
  it.each([
    [-20_000, BEHIND],
    [20_000, AHEAD],
  ])("reports a clock that is %i ms ahead after three answers, once", async (ahead, detail) => {
    const { details, ask } = start();
    await ask({ ahead });
    await ask({ ahead });
    expect(details).toEqual([]);
    for (let more = 0; more < 10; more += 1) await ask({ ahead });
    expect(details).toEqual([detail]);
  });

  it("passes the answer on as it is", async () => {
    const response = await start().ask({ ahead: 0 });
    expect(await response.text()).toBe("{}");
  });

  it.each<[string, Partial<Answer>]>([
    ["slow", { there: 0, back: 2_001 }],
    ["not 200", { status: 404 }],
    ["without a Date", { headers: {} }],
    ["with a Date that is none", { headers: { date: "soon" } }],
    ["with a negative Age", { age: 4, ageText: "-4" }],
    ["with an Age that is no whole number", { age: 4, ageText: "4.0" }],
    ["received before it was asked for", { there: 0, back: -1 }],
  ])("ignores an answer that is %s", async (_, odd) => {
    const { details, ask } = start();
    for (const ahead of [20_000, -20_000]) {
      for (let more = 0; more < 5; more += 1) await ask({ ahead, ...odd });
    }
    expect(details).toEqual([]);
  });

  it("reports nothing while answers do not agree", async () => {
    const { details, ask } = start();
    for (const ahead of [-20_000, -25_000, -30_000, -20_000, 20_000, -20_000]) await ask({ ahead });
    expect(details).toEqual([]);
  });

  it.each([
    [-20_000, BEHIND],
    [20_000, AHEAD],
  ])("reports a clock that is %i ms ahead at the third answer", async (ahead, detail) => {
    const { details, ask } = start();
    for (const expected of [[], [], [detail]]) {
      await ask({ ahead });
      expect(details).toEqual(expected);
    }
  });

  it.each([
    [[-20_000, -22_000, -21_000], "20 s behind"],
    [[-22_000, -20_000, -21_000], "20 s behind"],
    [[-21_000, -22_000, -20_000], "20 s behind"],
    [[21_000, 23_000, 22_000], "20 s ahead of"],
    [[23_000, 21_000, 22_000], "20 s ahead of"],
    [[22_000, 23_000, 21_000], "20 s ahead of"],
  ])("reports the least of the differences %j", async (differences, amount) => {
    const { details, ask } = start();
    for (const ahead of differences) await ask({ ahead, there: 0, back: 0 });
    expect(details).toEqual([expect.stringContaining(` at least ${amount} AuthKit's, `)]);
  });

  it("compares the last three answers alone", async () => {
    const { details, ask } = start();
    for (const ahead of [-30_000, -20_000, -20_000, -20_000]) await ask({ ahead });
    expect(details).toEqual([BEHIND]);
  });

  it("counts an answer that took two seconds", async () => {
    const { details, ask } = start();
    for (let more = 0; more < 3; more += 1) await ask({ ahead: 20_500, there: 2_000, back: 0 });
    expect(details).toHaveLength(1);
  });

  it.each([-10_000, 11_000])(
    "counts no difference of %i ms: it may be the tolerance",
    async (ahead) => {
      const { details, ask } = start();
      for (let more = 0; more < 3; more += 1) await ask({ ahead, there: 0, back: 0 });
      expect(details).toEqual([]);
    },
  );

  it("leaves room for the seconds that a cache rounds down", async () => {
    const { details, ask } = start();
    const answer = { ahead: 11_500, age: 4, there: 0, back: 0 };
    for (let more = 0; more < 3; more += 1) await ask(answer);
    expect(details).toEqual([]);
    for (let more = 0; more < 3; more += 1) await ask({ ...answer, ahead: 12_500 });
    expect(details).toHaveLength(1);
  });

  it.each([-10_500, 10_500])(
    "does not count an answer of %i ms as within the tolerance: it may be beyond",
    async (ahead) => {
      const { details, ask } = start();
      const off = [-20_000, -20_000, -20_000];
      for (const next of [...off, ahead, ahead, ahead, ...off, 0, 0, ahead, 0, ...off]) {
        await ask({ ahead: next, there: 0, back: 0 });
      }
      expect(details).toHaveLength(1);
    },
  );

  it.each([-9_000, 10_000])("counts an answer of %i ms as within the tolerance", async (ahead) => {
    const { details, ask } = start();
    const off = [-20_000, -20_000, -20_000];
    for (const next of [...off, ahead, ahead, ahead, ...off]) {
      await ask({ ahead: next, there: 0, back: 0 });
    }
    expect(details).toHaveLength(2);
  });

  it("begins to count anew after an answer within the tolerance", async () => {
    const { details, ask } = start();
    for (const ahead of [20_000, 20_000, 0, 20_000, 20_000]) await ask({ ahead });
    expect(details).toEqual([]);
    await ask({ ahead: 20_000 });
    expect(details).toEqual([AHEAD]);
  });

  it("reports a second difference after three answers within the tolerance, and not before", async () => {
    const { details, ask } = start();
    const off = [-20_000, -20_000, -20_000];
    for (const ahead of [...off, 0, 0, ...off, 0, 0]) await ask({ ahead });
    expect(details).toEqual([BEHIND]);
    for (const ahead of [0, ...off]) await ask({ ahead });
    expect(details).toEqual([BEHIND, BEHIND]);
  });

  it("counts the age of a cached answer", async () => {
    const { details, ask } = start();
    for (let more = 0; more < 5; more += 1) await ask({ ahead: 0, age: 300 });
    expect(details).toEqual([]);
    for (let more = 0; more < 5; more += 1) await ask({ ahead: -20_000, age: 300 });
    expect(details).toEqual([BEHIND]);
  });

  it("reports three tokens of different seconds from the future, by the latest", () => {
    const { watch, clock, details } = start();
    for (let more = 0; more < 10; more += 1) watch.onClaimFault(FUTURE);
    clock.now += 1_000;
    watch.onClaimFault(FUTURE);
    expect(details).toEqual([]);
    clock.now += 1_000;
    for (let more = 0; more < 10; more += 1) {
      clock.now += 1_000;
      watch.onClaimFault(FUTURE);
    }
    expect(details).toEqual([BEHIND]);
  });

  it("reports three tokens from the future, and not two", () => {
    const { watch, clock, details } = start();
    for (const expected of [[], [], [BEHIND]]) {
      clock.now += 1_000;
      watch.onClaimFault(FUTURE);
      expect(details).toEqual(expected);
    }
  });

  it("counts a token once, however often it comes", () => {
    const { watch, clock, details } = start();
    for (let later = 0; later < 6; later += 1) {
      watch.onClaimFault({ ...FUTURE, secondsAhead: FUTURE.secondsAhead - later });
      clock.now += 1_000;
    }
    expect(details).toEqual([]);
  });

  it.each([
    { reason: "token_not_yet_valid", secondsAhead: 19.5 },
    { reason: "token_expired", secondsAgo: 19.5 },
  ] as const)("ignores tokens with the fault $reason", (fault) => {
    const { watch, clock, details } = start();
    for (let more = 0; more < 10; more += 1) {
      clock.now += 1_000;
      watch.onClaimFault(fault);
    }
    expect(details).toEqual([]);
  });

  it("counts tokens that were issued ten minutes apart", () => {
    const { watch, clock, details } = start();
    for (const seconds of [0, 300, 600]) {
      clock.now = NOW + seconds * 1000;
      watch.onClaimFault(FUTURE);
    }
    expect(details).toEqual([BEHIND]);
  });

  it("forgets a token from the future after ten minutes", () => {
    const { watch, clock, details } = start();
    for (const seconds of [0, 601, 1_202, 1_803]) {
      clock.now = NOW + seconds * 1000;
      watch.onClaimFault(FUTURE);
    }
    expect(details).toEqual([]);
  });

  it("never reports clocks that differ within the tolerance, whatever the network does", async () => {
    const honest = fc.record({
      ahead: fc.integer({ min: -10_000, max: 10_000 }),
      there: fc.integer({ min: 0, max: 5_000 }),
      back: fc.integer({ min: 0, max: 5_000 }),
      age: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 86_400, noNaN: true })),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(honest, { maxLength: 30 }), async (answers) => {
        const { details, ask } = start();
        for (const answer of answers) await ask(answer);
        expect(details).toEqual([]);
      }),
    );
  });

  it("reports every difference that exceeds the tolerance by three seconds", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 13_001, max: 10_000_000 }),
        fc.boolean(),
        fc.integer({ min: 0, max: 100 }),
        async (amount, isAhead, delay) => {
          const { details, ask } = start();
          const answer = { ahead: isAhead ? amount : -amount, there: delay, back: delay };
          for (let more = 0; more < 3; more += 1) await ask(answer);
          expect(details).toHaveLength(1);
        },
      ),
    );
  });
});
