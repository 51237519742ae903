import { describe, expect, it } from "vitest";
import { createAnswers, type Answers } from "../../src/workos/answers.js";
import { ApiLeftAloneError } from "../../src/workos/failure.js";

interface Desk {
  readonly answers: Answers<string>;
  readonly clock: { now: number };
  /** The keys that were asked about, in order. */
  readonly asked: string[];
  answer: (key: string) => string | Promise<string>;
  readonly reports: string[];
}

function createDesk(): Desk {
  const clock = { now: 0 };
  const desk: Desk = {
    clock,
    asked: [],
    reports: [],
    answer: (key) => `${key} at ${clock.now}`,
    answers: createAnswers<string>({
      ask: async (key) => {
        desk.asked.push(key);
        return desk.answer(key);
      },
      absent: "nothing",
      now: () => clock.now,
      freshFor: 60_000,
      usableFor: 300_000,
      most: 2,
      report: (state, problem) => desk.reports.push(`${state}: ${problem}`),
    }),
  };
  return desk;
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
    const { answers, asked, clock } = createDesk();
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
    const desk = createDesk();
    await desk.answers.get("a");
    const { answer } = desk;
    desk.answer = () => failure(500);
    desk.clock.now = 60_000;
    // What is remembered still serves.
    await desk.answers.get("a");
    expect(desk.reports).toEqual([]);
    await desk.answers.get("b");
    desk.clock.now += 2_000;
    await desk.answers.get("c");
    expect(desk.reports).toEqual(["unreachable: answered 500"]);
    desk.answer = answer;
    desk.clock.now += 2_000;
    await desk.answers.get("b");
    await desk.answers.get("c");
    expect(desk.reports).toEqual(["unreachable: answered 500", "recovered: undefined"]);
  });

  it.each([404, 422])("takes a %i for there being nothing", async (status) => {
    const desk = createDesk();
    desk.answer = () => failure(status);
    expect(await desk.answers.get("a")).toEqual({ kind: "known", value: "nothing" });
    await desk.answers.get("a");
    expect(desk.asked).toEqual(["a"]);
  });

  it.each(["forget", "forgetAll"] as const)(
    "does not fall back on what was forgotten while the question that fails was on its way: %s",
    async (forget) => {
      const desk = createDesk();
      await desk.answers.get("a");
      desk.clock.now = 61_000;
      const { promise, settle } = later();
      desk.answer = async () => promise.then(() => failure(500));
      const waiting = desk.answers.get("a");
      desk.answers[forget]("a");
      settle("");
      expect(await waiting).toEqual({ kind: "unavailable", problem: "answered 500" });
    },
  );

  it("keeps nobody else from an answer because of a question that WorkOS does not take", async () => {
    const desk = createDesk();
    desk.answer = (key) => (key === "odd" ? failure(400) : "well");
    expect(await desk.answers.get("odd")).toEqual({ kind: "unavailable", problem: "answered 400" });
    expect(await desk.answers.get("a")).toEqual({ kind: "known", value: "well" });
  });

  it("uses the last answer while nobody answers, until it is too old", async () => {
    const desk = createDesk();
    await desk.answers.get("a");
    desk.answer = () => failure(500);
    desk.clock.now = 299_999;
    expect(await desk.answers.get("a")).toEqual({ kind: "known", value: "a at 0" });
    desk.clock.now = 310_000;
    expect(await desk.answers.get("a")).toEqual({ kind: "unavailable", problem: "answered 500" });
  });

  it("asks a question that failed again after two seconds, and other questions meanwhile", async () => {
    const desk = createDesk();
    desk.answer = (key) => (key === "a" ? failure(500) : "fine");
    await desk.answers.get("a");
    desk.clock.now = 1_999;
    expect(await desk.answers.get("a")).toEqual({ kind: "unavailable", problem: "answered 500" });
    expect(await desk.answers.get("b")).toEqual({ kind: "known", value: "fine" });
    expect(desk.asked).toEqual(["a", "b"]);
    desk.clock.now = 2_000;
    await desk.answers.get("a");
    expect(desk.asked).toEqual(["a", "b", "a"]);
  });

  it("asks a question that was stopped with the others again as soon as there is a call", async () => {
    const desk = createDesk();
    desk.answer = () => Promise.reject(new Error("wrapped", { cause: new ApiLeftAloneError() }));
    expect(await desk.answers.get("a")).toMatchObject({ kind: "unavailable" });
    desk.answer = () => "fine";
    expect(await desk.answers.get("a")).toEqual({ kind: "known", value: "fine" });
  });

  it("asks WorkOS nothing for as long as it asks for, a minute at most, and says so", async () => {
    const desk = createDesk();
    desk.answer = () => failure(429, 7);
    expect(desk.answers.isLeftAlone()).toBe(false);
    await desk.answers.get("a");
    desk.clock.now = 6_999;
    expect(desk.answers.isLeftAlone()).toBe(true);
    expect(await desk.answers.get("b")).toEqual({ kind: "unavailable", problem: "answered 429" });
    expect(desk.asked).toEqual(["a"]);
    desk.clock.now = 7_000;
    expect(desk.answers.isLeftAlone()).toBe(false);
    desk.answer = () => failure(503, 3_600);
    await desk.answers.get("b");
    desk.clock.now = 66_999;
    await desk.answers.get("c");
    expect(desk.asked).toEqual(["a", "b"]);
    desk.clock.now = 67_000;
    await desk.answers.get("c");
    expect(desk.asked).toEqual(["a", "b", "c"]);
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
    const desk = createDesk();
    const [old, fresh] = [later(), later()];
    desk.answer = () => old.promise;
    const early = desk.answers.get("a");
    forget(desk.answers);
    desk.answer = () => fresh.promise;
    const late = desk.answers.get("a");
    old.settle("old");
    // Whoever waited gets it; the newer question is still the one that others join.
    expect(await early).toEqual({ kind: "known", value: "old" });
    const joined = desk.answers.get("a");
    fresh.settle("new");
    expect([await late, await joined]).toEqual([
      { kind: "known", value: "new" },
      { kind: "known", value: "new" },
    ]);
    expect(desk.asked).toEqual(["a", "a"]);
    expect(desk.answers.get("a")).toEqual({ kind: "known", value: "new" });
  });

  it("forgets two things in a row without remembering the answer between them", async () => {
    const desk = createDesk();
    const slow = later();
    desk.answer = () => slow.promise;
    const early = desk.answers.get("a");
    desk.answers.forget("a");
    desk.answers.forgetAll();
    slow.settle("old");
    await early;
    desk.answer = () => "new";
    expect(await desk.answers.get("a")).toEqual({ kind: "known", value: "new" });
  });

  it("remembers so many, those asked for last", async () => {
    const desk = createDesk();
    for (const key of ["a", "b", "c", "c", "b", "a"]) await desk.answers.get(key);
    expect(desk.asked).toEqual(["a", "b", "c", "a"]);
  });
});

it("T-18: keeps keys of 200 characters on average, however long a key its caller can make", async () => {
  const { answers, asked } = createDesk();
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
