import { describe, expect, it } from "vitest";
import { ComeBackLaterError, readFailure } from "../../src/workos/failure.js";

const NO_ANSWER = { problem: "cannot be reached" };

describe("what an exception says of a failed call", () => {
  it.each([
    ["nothing", undefined, NO_ANSWER],
    ["null", null, NO_ANSWER],
    ["a text", "503", NO_ANSWER],
    ["a status", { status: 503 }, { status: 503 }],
    ["a status that is no number", { status: "503" }, NO_ANSWER],
    ["both", { status: 429, retryAfter: 3 }, { status: 429, retryAfter: 3 }],
    ["a wait of nothing", { status: 429, retryAfter: 0 }, { status: 429 }],
    ["a wait before now", { status: 429, retryAfter: -1 }, { status: 429 }],
    ["a wait that is no number", { status: 429, retryAfter: "3" }, { status: 429 }],
    ["the SDK's time limit", { status: 408 }, { problem: "gave no answer in time" }],
    ["a wait alone", { retryAfter: 3 }, { ...NO_ANSWER, retryAfter: 3 }],
  ])("%s", (_, error, expected) => {
    expect(readFailure(error)).toEqual(expected);
  });

  it("looks below the SDK's own exception for one of ours, and for nothing else", () => {
    const ours = new ComeBackLaterError(503, 9);
    expect(ours.message).toBe(
      "The WorkOS API answered 503 and asks to be left alone for 9 seconds",
    );
    expect(readFailure(new Error("wrapped", { cause: ours }))).toEqual({
      status: 503,
      retryAfter: 9,
    });
    const other = Object.assign(new Error("other"), { status: 500 });
    expect(readFailure(new Error("wrapped", { cause: other }))).toEqual(NO_ANSWER);
  });
});
