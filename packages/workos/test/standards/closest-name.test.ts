import { describe, expect, it } from "vitest";
import { closestTo } from "../../src/standards/closest-name.js";

describe("closestTo", () => {
  it.each([
    ["permission", ["permissions", "scopes"], "permissions"],
    ["roles", ["role", "scopes"], "role"],
    ["abc", ["axd"], undefined],
    ["", ["a"], undefined],
    ["a", [], undefined],
  ])("of %s among %j is %s", (wanted, names, closest) => {
    expect(closestTo(wanted, names)).toBe(closest);
  });
});
