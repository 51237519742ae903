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

// What must not compile: test/misuse.
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
});
