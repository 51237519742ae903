import { expect, it } from "vitest";
import { parseScope } from "../../src/standards/scope.js";

it.each([
  [undefined, []],
  ["", []],
  ["   ", []],
  ["openid", ["openid"]],
  ["openid profile", ["openid", "profile"]],
  [" openid  profile ", ["openid", "profile"]],
  ["a\tb", ["a\tb"]],
])("splits the scope %j", (scope, expected) => {
  expect(parseScope(scope)).toEqual(expected);
});

it("gives a frozen list", () => {
  expect(Object.isFrozen(parseScope("a b"))).toBe(true);
});
