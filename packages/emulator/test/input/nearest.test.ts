import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findNearest, suggest } from "../../src/input/nearest.js";

const KNOWN = ["as", "organization", "resource", "scopes", "expiresInSeconds"];

describe("the nearest known name", () => {
  it.each([
    ["organisation", "organization"],
    ["org", undefined],
    ["orga", "organization"],
    ["scope", "scopes"],
    ["socpes", "scopes"],
    ["RESOURCE", "resource"],
    ["expiresIn", "expiresInSeconds"],
    ["a", "as"],
    ["x", undefined],
    ["", undefined],
    ["userId", undefined],
  ])("to %j is %j", (name, nearest) => {
    expect(findNearest(name, KNOWN)).toBe(nearest);
  });

  it("to a known name with one letter changed, left out or doubled is that name", () => {
    const names = KNOWN.filter((name) => name.length > 2);
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.nat(), fc.nat(2), (name, at, kind) => {
        const index = at % name.length;
        const middle = ["x", "", `${name[index]}${name[index]}`][kind];
        const typo = `${name.slice(0, index)}${middle}${name.slice(index + 1)}`;
        expect(findNearest(typo, KNOWN)).toBe(name);
      }),
    );
  });

  it("is found for a text of any length in a bounded time: the rest is not compared", () => {
    expect(findNearest(`organization${"x".repeat(10_000_000)}`, KNOWN)).toBe("organization");
  });

  it("is not in a long list of known ones when there are too many", () => {
    const many = Array.from({ length: 23 }, (_, index) => `name${index}`);
    expect(suggest("zzz", many)).toBe(` Known: ${many.slice(0, 20).join(", ")} and 3 more.`);
    expect(suggest("zzz", [])).toBe(" There is none.");
  });
});
