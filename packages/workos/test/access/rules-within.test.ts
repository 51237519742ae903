import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileAccessMap, type Rules } from "../../src/access/access-map.js";
import { matches } from "../../src/access/pattern.js";
import { parseUriPattern } from "../../src/access/uri-pattern.js";
import type { Problem } from "../../src/errors.js";

function policyOf(resources: Rules) {
  const problems: Problem[] = [];
  const policy = compileAccessMap({ resources }, new Set(["user"]), problems);
  expect(problems).toEqual([]);
  const paths = (template: string): string[] =>
    policy.rulesWithin("resource", parseUriPattern(template)).map(({ path }) => path);
  return { policy, paths };
}

describe("the rules that decide about some URI of a template", () => {
  const { paths } = policyOf({
    "*": "authenticated",
    "vault://{id}": { role: "admin" },
    "docs://secret": { role: "admin" },
    "docs://*": { permissions: ["docs:read"] },
    "docs://public/*": "authenticated",
  });

  it.each<[string, string[]]>([
    // Every URI of it meets the rule of its own: "*" never comes to decide.
    ["vault://{id}", ['access.resources["vault://{id}"]']],
    ["vault://{owner}/{id}", ['access.resources["vault://{id}"]']],
    ["docs://public/{id}", ['access.resources["docs://public/*"]']],
    [
      "docs://{id}",
      [
        'access.resources["docs://secret"]',
        'access.resources["docs://public/*"]',
        'access.resources["docs://*"]',
      ],
    ],
    ["other://{id}", ['access.resources["*"]']],
    ["docs://secret", ['access.resources["docs://secret"]']],
    [
      "{scheme}://x",
      [
        'access.resources["docs://public/*"]',
        'access.resources["vault://{id}"]',
        'access.resources["docs://*"]',
        'access.resources["*"]',
      ],
    ],
  ])("%s", (template, expected) => {
    expect(paths(template)).toEqual(expected);
  });

  it("hold the rule of every URI that fits", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "/", "*"), maxLength: 6 });
    fc.assert(
      fc.property(
        fc.uniqueArray(text, { maxLength: 5 }),
        text,
        fc.array(fc.string({ unit: fc.constantFrom("a", "b", "/"), maxLength: 3 }), {
          minLength: 6,
          maxLength: 6,
        }),
        (keys, template, fillings) => {
          const resources = Object.fromEntries(
            keys.map((key) => [`x://${key}`, "authenticated"] as const),
          );
          const problems: Problem[] = [];
          const policy = compileAccessMap({ resources }, new Set(["user"]), problems);
          const pattern = parseUriPattern(`x://${template}`);
          const parts = `x://${template}`.split("*");
          const uri = parts.reduce((made, part, index) => made + (fillings[index] ?? "") + part);
          expect(matches(pattern, uri)).toBe(true);
          const rule = policy.ruleFor("resource", uri);
          const isHeld =
            rule === undefined || policy.rulesWithin("resource", pattern).includes(rule);
          expect(isHeld).toBe(true);
        },
      ),
    );
  });
});
