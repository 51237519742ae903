import { describe, expect, it } from "vitest";
import { compileAll } from "./compile.js";

const modules = (maps: readonly string[]): string[][] =>
  compileAll(
    maps.map(
      (map) =>
        `import { defineAccess } from "../../src/index.js";\nexport default defineAccess(${map});`,
    ),
  );
const rule = (text: string): string => `{ tools: { x: ${text} } }`;

// Reading the types of the package and of all it imports takes long on a busy machine.
describe("the types of access rules", { timeout: 120_000 }, () => {
  it("accept every form of the grammar", () => {
    const right = [
      rule('"authenticated"'),
      rule('"denied"'),
      rule('{ permissions: ["a", "b"], featureFlags: ["f"], scopes: ["s"] }'),
      rule('{ role: "a", organization: "required", caller: "user" }'),
      rule('{ role: ["a", "b"], organization: ["org_1", "org_2"], caller: ["user", "api-key"] }'),
      rule('{ organization: "org_1", anyOf: [{ role: "a" }, { anyOf: [{ role: "b" }] }] }'),
      rule("{ check: () => true }"),
      rule(
        "{ check: async ({ caller }) => caller.kind === 'user' && caller.impersonator === undefined }",
      ),
      '{ lists: "all", stepUp: "tool-result", prompts: { "*": "denied" } }',
    ];
    expect(modules(right)).toEqual(right.map(() => []));
  });

  it.each([
    ["a bare list", '[{ role: "a" }, { role: "b" }]'],
    ["roles", '{ roles: ["a"] }'],
    ["callers", '{ callers: ["user"] }'],
    ["a misspelt key", '{ permission: ["a"] }'],
    ["a misspelt key in an anyOf", '{ anyOf: [{ permisions: ["a"] }] }'],
    ["an empty list", "{ permissions: [] }"],
    ["an empty anyOf", "{ anyOf: [] }"],
    ["one value of a plural key", '{ permissions: "a" }'],
    ['"some" organization', '{ organization: "some" }'],
    ["an organization by its name", '{ organization: "acme" }'],
    ["an unknown kind of caller", '{ caller: "robot" }'],
    ["a word that is no rule", '"deny"'],
    ["a word in an anyOf", '{ anyOf: ["authenticated"] }'],
    ["a check of session and call", "{ check: (_session, _call) => true }"],
    ["a check that reads a role of the call", '{ check: ({ role }) => role !== "member" }'],
    [
      "a check that reads a role of the caller",
      '{ check: ({ caller }) => caller.role !== "member" }',
    ],
    ["a check that reads the session", "{ check: ({ session }) => session.userId !== '' }"],
    ["a check that gives no boolean", '{ check: () => "yes" }'],
  ])("reject %s", (_, text) => {
    const [problems = []] = modules([rule(text)]);
    expect(problems.length).toBeGreaterThan(0);
    // It is refused for what it is, and not for what this test made of it.
    expect(problems.join("\n")).not.toMatch(/TS2307|TS1\d\d\d /);
  });

  it.each([
    ["an older word for lists", '{ lists: "full" }'],
    ["an older word for step-up", '{ stepUp: "in-band" }'],
    ["a misspelt section", "{ tool: {} }"],
  ])("reject %s", (_, map) => {
    const [problems = []] = modules([map]);
    expect(problems.length).toBeGreaterThan(0);
  });
});
