import { expect, it } from "vitest";
import { deepFreeze } from "../../src/standards/deep-freeze.js";

it("T-18: freezes a value that is nested a hundred thousand deep", () => {
  let value: unknown[] = [];
  const innermost = value;
  for (let depth = 0; depth < 100_000; depth += 1) value = [value];
  deepFreeze(value);
  expect([Object.isFrozen(value), Object.isFrozen(innermost)]).toEqual([true, true]);
});

it("freezes every member, and what hangs on itself", () => {
  const given = { list: [{ a: 1 }, { b: 2 }], when: new Date(0) };
  const ring: { self?: unknown } = {};
  ring.self = ring;
  deepFreeze(ring);
  const frozen = deepFreeze(given);
  expect(frozen).toBe(given);
  expect([frozen, frozen.list, ...frozen.list, ring].map((one) => Object.isFrozen(one))).toEqual([
    true,
    true,
    true,
    true,
    true,
  ]);
  expect(Object.isFrozen(frozen.when)).toBe(false);
});
