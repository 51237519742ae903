import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expressionsIn, findExpressions, findHostileInput } from "./expressions.js";

const root = join(import.meta.dirname, "../..");

describe("The sweep over regular expressions", () => {
  it.each([/\/+$/, /^(a+)+$/, /\s*,\s*$/, /^[^:]*:\s+\s+x/, /(\w+\s?)*!/, /=+$/g])(
    "finds an input that costs %s more than linear work",
    (pattern) => {
      expect(findHostileInput(pattern)).toBeTypeOf("string");
    },
  );

  it.each([/^\/+/, /^bearer +([a-z]+=*) *$/i, /[^\x20-\x7e]/g, /^a{1,64}$/])(
    "finds none for %s",
    (pattern) => {
      expect(findHostileInput(pattern)).toBeUndefined();
    },
  );

  it("reads literals and calls of RegExp", () => {
    const source = "const a = /x+/gi; f(1 / 2 / 3); new RegExp(a, 'u'); RegExp(`^${a}`);";
    expect(expressionsIn(source).map(({ text }) => text)).toEqual([
      "/x+/gi",
      "new RegExp(a, 'u')",
      "RegExp(`^${a}`)",
    ]);
  });
});

describe("T-19: the regular expressions of the packages", () => {
  const expressions = findExpressions(root);

  it("are at least those that are there", () => {
    expect(expressions.length).toBeGreaterThan(60);
  });

  it("are literals, but for two whose parts are literals", () => {
    expect(
      expressions.filter(({ pattern }) => pattern === undefined).map(({ text }) => text),
    ).toEqual(['new RegExp(`^${prefix}_[0-9A-Z]+$`, "u")', 'new RegExp(HIDDEN, "gu")']);
  });

  it.each(expressions.filter(({ pattern }) => pattern !== undefined))(
    "do linear work on whatever they read: $file $text",
    ({ pattern = /$/ }) => {
      expect(findHostileInput(pattern)).toBeUndefined();
    },
  );
});
