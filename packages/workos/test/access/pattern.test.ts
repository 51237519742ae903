import { describe, expect, it } from "vitest";
import { overlap, parsePattern, type Pattern } from "../../src/access/pattern.js";

/** A pattern that counts how often its text is looked at. */
function counting(text: string): { readonly pattern: Pattern; readonly looks: () => number } {
  let looks = 0;
  const letters = new Proxy(text.split(""), {
    get(target, key, receiver): unknown {
      looks += 1;
      return Reflect.get(target, key, receiver);
    },
  });
  const pattern = { ...parsePattern(text), text: letters as never };
  return { pattern, looks: () => looks };
}

describe("whether patterns overlap", () => {
  it.each([
    ["*", "ab".repeat(1_000)],
    ["*", "*a".repeat(1_000)],
    ["*a*b*c*", "*a".repeat(1_000)],
    ["*a*b*c*", "a*".repeat(1_000)],
  ])("%s against two thousand letters takes no more steps than both have pairs", (one, other) => {
    for (const [first, second] of [
      [one, other],
      [other, one],
    ] as const) {
      const [a, b] = [counting(first), counting(second)];
      overlap(a.pattern, b.pattern);
      // Four looks a step, and a step more at each edge; looking on from every place would be a million.
      expect(a.looks() + b.looks()).toBeLessThan(8 * (first.length + 1) * (second.length + 1));
    }
  });

  it.each([
    ["a*c", "ab*", true],
    ["a*c", "b*", false],
    ["a*c", "*d", false],
    ["a*c", "abc", true],
    ["abc", "abc", true],
    ["abc", "abd", false],
    ["*b*", "a*c", true],
    ["a*a", "a", false],
    ["*", "", true],
    ["*😀", "😀*", true],
    ["😀", "😀", true],
  ])("%s and %s: %s", (one, other, expected) => {
    expect(overlap(parsePattern(one), parsePattern(other))).toBe(expected);
    expect(overlap(parsePattern(other), parsePattern(one))).toBe(expected);
  });
});
