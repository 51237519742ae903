import { describe, expect, it } from "vitest";
import { createAnswers, type Answers } from "../../src/workos/answers.js";
import { ApiLeftAloneError } from "../../src/workos/failure.js";

interface AnswersSetup {
  readonly answers: Answers<string>;
  readonly clock: { now: number };
  /** The keys that were asked about, in order. */
  readonly asked: string[];
  answer: (key: string) => string | Promise<string>;
  readonly reports: string[];
}

function setUpAnswers(): AnswersSetup {
  const clock = { now: 0 };
  const setup: AnswersSetup = {
    clock,
    asked: [],
    reports: [],
    answer: (key) => `${key} at ${clock.now}`,
    answers: createAnswers<string>({
      ask: async (key) => {
        setup.asked.push(key);
        return setup.answer(key);
      },
      absent: "nothing",
      now: () => clock.now,
      freshFor: 60_000,
      usableFor: 300_000,
      most: 2,
      report: (state, problem) => setup.reports.push(`${state}: ${problem}`),
    }),
  };
  return setup;
}

const failure = (status?: number, retryAfter?: number): Promise<never> =>
  Promise.reject(Object.assign(new Error("no"), { status, retryAfter }));

/** A promise that is settled from outside. */
function later(): { readonly promise: Promise<string>; readonly settle: (value: string) => void } {
  let settle = (_value: string): void => undefined;
  const promise = new Promise<string>((resolve) => {
    settle = resolve;
  });
  return { promise, settle };
}

describe("answers of the API", () => {
  it("asks once, however many ask at the same time, and then not while the answer is fresh", async () => {
    const { answers, asked, clock } = setUpAnswers();
    const all = await Promise.all([answers.get("a"), answers.get("a"), answers.get("b")]);
    expect(all.map((one) => one.kind === "known" && one.value)).toEqual([
      "a at 0",
      "a at 0",
      "b at 0",
    ]);
    clock.now = 59_999;
    // At once, without a promise.
    expect(answers.get("a")).toEqual({ kind: "known", value: "a at 0" });
    expect(asked).toEqual(["a", "b"]);
    clock.now = 60_000;
    expect(await answers.get("a")).toEqual({ kind: "known", value: "a at 60000" });
    expect(asked).toEqual(["a", "b", "a"]);
  });

  it("reports once that a caller goes without an answer, and that there is one again", async () => {
    const setup = setUpAnswers();
    await setup.answers.get("a");
    const { answer } = setup;
    setup.answer = () => failure(500);
    setup.clock.now = 60_000;
    // What is remembered still serves.
    await setup.answers.get("a");
    expect(setup.reports).toEqual([]);
    await setup.answers.get("b");
    setup.clock.now += 2_000;
    await setup.answers.get("c");
    expect(setup.reports).toEqual(["unreachable: answered 500"]);
    setup.answer = answer;
    setup.clock.now += 2_000;
    await setup.answers.get("b");
    await setup.answers.get("c");
    expect(setup.reports).toEqual(["unreachable: answered 500", "recovered: undefined"]);
  });

  it.each([404, 422])("takes a %i for there being nothing", async (status) => {
    const setup = setUpAnswers();
    setup.answer = () => failure(status);
    expect(await setup.answers.get("a")).toEqual({ kind: "known", value: "nothing" });
    await setup.answers.get("a");
    expect(setup.asked).toEqual(["a"]);
  });

  it.each(["forget", "forgetAll"] as const)(
    "does not fall back on what was forgotten while the question that fails was on its way: %s",
    async (forget) => {
      const setup = setUpAnswers();
      await setup.answers.get("a");
      setup.clock.now = 61_000;
      const { promise, settle } = later();
      setup.answer = async () => promise.then(() => failure(500));
      const waiting = setup.answers.get("a");
      setup.answers[forget]("a");
      settle("");
      expect(await waiting).toEqual({ kind: "unavailable", problem: "answered 500" });
    },
  );

  it("keeps no other caller from an answer because of a question that WorkOS does not take", async () => {
    const setup = setUpAnswers();
    setup.answer = (key) => (key === "odd" ? failure(400) : "well");
    expect(await setup.answers.get("odd")).toEqual({
      kind: "unavailable",
      problem: "answered 400",
    });
    expect(await setup.answers.get("a")).toEqual({ kind: "known", value: "well" });
  });

  it("uses the last answer while WorkOS does not answer, until it is too old", async () => {
    const setup = setUpAnswers();
    await setup.answers.get("a");
    setup.answer = () => failure(500);
    setup.clock.now = 299_999;
    expect(await setup.answers.get("a")).toEqual({ kind: "known", value: "a at 0" });
    setup.clock.now = 310_000;
    expect(await setup.answers.get("a")).toEqual({ kind: "unavailable", problem: "answered 500" });
  });

  it("asks a question that failed again after two seconds, and other questions meanwhile", async () => {
    const setup = setUpAnswers();
    setup.answer = (key) => (key === "a" ? failure(500) : "fine");
    await setup.answers.get("a");
    setup.clock.now = 1_999;
    expect(await setup.answers.get("a")).toEqual({ kind: "unavailable", problem: "answered 500" });
    expect(await setup.answers.get("b")).toEqual({ kind: "known", value: "fine" });
    expect(setup.asked).toEqual(["a", "b"]);
    setup.clock.now = 2_000;
    await setup.answers.get("a");
    expect(setup.asked).toEqual(["a", "b", "a"]);
  });

  it("asks a question that was stopped with the others again as soon as there is a call", async () => {
    const setup = setUpAnswers();
    setup.answer = () => Promise.reject(new Error("wrapped", { cause: new ApiLeftAloneError() }));
    expect(await setup.answers.get("a")).toMatchObject({ kind: "unavailable" });
    setup.answer = () => "fine";
    expect(await setup.answers.get("a")).toEqual({ kind: "known", value: "fine" });
  });

  it("asks WorkOS nothing for as long as it asks for, a minute at most, and says so", async () => {
    const setup = setUpAnswers();
    setup.answer = () => failure(429, 7);
    expect(setup.answers.isLeftAlone()).toBe(false);
    await setup.answers.get("a");
    setup.clock.now = 6_999;
    expect(setup.answers.isLeftAlone()).toBe(true);
    expect(await setup.answers.get("b")).toEqual({ kind: "unavailable", problem: "answered 429" });
    expect(setup.asked).toEqual(["a"]);
    setup.clock.now = 7_000;
    expect(setup.answers.isLeftAlone()).toBe(false);
    setup.answer = () => failure(503, 3_600);
    await setup.answers.get("b");
    setup.clock.now = 66_999;
    await setup.answers.get("c");
    expect(setup.asked).toEqual(["a", "b"]);
    setup.clock.now = 67_000;
    await setup.answers.get("c");
    expect(setup.asked).toEqual(["a", "b", "c"]);
  });

  it.each([
    [
      "what is forgotten",
      (answers: Answers<string>) => {
        answers.forget("a");
      },
    ],
    [
      "everything",
      (answers: Answers<string>) => {
        answers.forgetAll();
      },
    ],
  ])("T-14: forgets %s, an answer on its way included", async (_, forget) => {
    const setup = setUpAnswers();
    const [old, fresh] = [later(), later()];
    setup.answer = () => old.promise;
    const early = setup.answers.get("a");
    forget(setup.answers);
    setup.answer = () => fresh.promise;
    const late = setup.answers.get("a");
    old.settle("old");
    // The callers who waited get it; the newer question is still the one that others join.
    expect(await early).toEqual({ kind: "known", value: "old" });
    const joined = setup.answers.get("a");
    fresh.settle("new");
    expect([await late, await joined]).toEqual([
      { kind: "known", value: "new" },
      { kind: "known", value: "new" },
    ]);
    expect(setup.asked).toEqual(["a", "a"]);
    expect(setup.answers.get("a")).toEqual({ kind: "known", value: "new" });
  });

  it("forgets two things in a row without remembering the answer between them", async () => {
    const setup = setUpAnswers();
    const slow = later();
    setup.answer = () => slow.promise;
    const early = setup.answers.get("a");
    setup.answers.forget("a");
    setup.answers.forgetAll();
    slow.settle("old");
    await early;
    setup.answer = () => "new";
    expect(await setup.answers.get("a")).toEqual({ kind: "known", value: "new" });
  });

  it("remembers so many, those asked for last", async () => {
    const setup = setUpAnswers();
    for (const key of ["a", "b", "c", "c", "b", "a"]) await setup.answers.get(key);
    expect(setup.asked).toEqual(["a", "b", "c", "a"]);
  });
});

it("T-18: keeps keys of 200 characters on average, however long a key its caller can make", async () => {
  const { answers, asked } = setUpAnswers();
  await answers.get("a");
  await answers.get("b");
  await answers.get("a");
  expect(asked).toEqual(["a", "b"]);
  const long = "c".repeat(399);
  await answers.get(long);
  await answers.get("b");
  // Longer than all may be together: answered, and not kept.
  await answers.get("d".repeat(401));
  await answers.get("d".repeat(401));
  expect(asked.map((key) => key.length)).toEqual([1, 1, 399, 1, 401, 401]);
});
