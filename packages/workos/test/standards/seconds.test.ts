import fc from "fast-check";
import { expect, it } from "vitest";
import { wrongSeconds } from "../../src/standards/seconds.js";

it.each([
  [1, undefined],
  [3_600, undefined],
  [0.5, "must be a number of seconds from 1 to 3,600"],
  [
    3_601,
    "must be a number of seconds from 1 to 3,600: are milliseconds meant? 3,601 ms are 3.601",
  ],
  [60_000, "must be a number of seconds from 1 to 3,600: are milliseconds meant? 60,000 ms are 60"],
  [3_600_001, "must be a number of seconds from 1 to 3,600"],
  [Number.NaN, "must be a number of seconds from 1 to 3,600"],
  [Infinity, "must be a number of seconds from 1 to 3,600"],
  ["60", "must be a number of seconds from 1 to 3,600"],
  [null, "must be a number of seconds from 1 to 3,600"],
])("%s seconds: %s", (value, problem) => {
  expect(wrongSeconds(value, 1, 3_600)).toBe(problem);
});

it("a number is accepted when it is within its bounds, and only then", () => {
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.integer({ min: -10, max: 10_000 })), (value) => {
      expect(wrongSeconds(value, 2, 60) === undefined).toBe(value >= 2 && value <= 60);
    }),
  );
});
