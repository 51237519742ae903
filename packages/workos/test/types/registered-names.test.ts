import { describe, expect, it } from "vitest";
import { compileAll } from "./compile.js";

/** A registration of names, as an app writes it. */
const register = (names: string): string =>
  `declare module "../../src/index.js" { interface Register { ${names} } }\nexport {};`;

const EVERY_KIND = register(`
  tools: "list_tickets" | "refund";
  prompts: "weekly_report";
  permissions: "tickets:read" | "refunds:create";
  roles: "agent" | "admin";
  featureFlags: "summaries";
`);

/** Compiles values of types of the package, beside a registration. */
function check(
  registration: string,
  values: readonly (readonly [type: string, value: string])[],
): string[][] {
  const [, ...found] = compileAll([
    registration,
    ...values.map(
      ([type, value]) =>
        `import type { ${type} } from "../../src/index.js";\nconst value: ${type} = ${value};\nexport default value;`,
    ),
  ]);
  return found;
}

// Reading the types of the package and of all it imports takes long on a busy machine.
describe("names that an app registers", { timeout: 120_000 }, () => {
  it("are accepted, and so are patterns", () => {
    const right = [
      ["ToolName", '"refund"'],
      ["PromptName", '"weekly_report"'],
      ["PermissionSlug", '"tickets:read"'],
      ["RoleSlug", '"admin"'],
      ["FeatureFlagSlug", '"summaries"'],
      ["Requirements", '{ permissions: ["tickets:read"], featureFlags: ["summaries"] }'],
      ["AccessMap", '{ tools: { refund: { permissions: ["refunds:create"] } } }'],
      ["AccessMap", '{ tools: { "list_*": "authenticated", "*": "authenticated" } }'],
      ["AccessMap", '{ prompts: { weekly_report: "authenticated", "daily_*": "authenticated" } }'],
      ["AccessMap", '{ resources: { "tickets://{id}": "authenticated" } }'],
      ["AccessMap", "{}"],
      ["Requirements", '{ role: ["agent", "admin"] }'],
      ["WorkOSProviderConfig", '{ recordArguments: { refund: ["id"] } }'],
    ] as const;
    expect(check(EVERY_KIND, right)).toEqual(right.map(() => []));
  });

  it("are the only permissions that hasPermissionOn() takes", () => {
    const make = (slug: string): string =>
      `import { hasPermissionOn } from "../../src/index.js";\nexport default hasPermissionOn("${slug}", () => undefined);`;
    const [, right, wrong] = compileAll([EVERY_KIND, make("tickets:read"), make("tickets:raed")]);
    expect(right).toEqual([]);
    expect(wrong).toEqual([expect.stringContaining("TS2345")]);
  });

  it("are the only ones that compile, and the nearest is named", () => {
    const wrong = [
      ["ToolName", '"refnud"'],
      ["PromptName", '"weekly"'],
      ["Requirements", '{ permissions: ["ticket:read"] }'],
      ["Requirements", '{ featureFlags: ["summary"] }'],
      ["AccessMap", '{ tools: { refnud: "authenticated" } }'],
      ["AccessMap", '{ prompts: { daily_report: "authenticated" } }'],
      ["AccessMap", '{ tools: { "list_*": "authenticatd" } }'],
      ["WorkOSProviderConfig", '{ recordArguments: { refnud: ["id"] } }'],
      ["WorkOSProviderConfig", '{ recordArguments: { "list_*": ["id"] } }'],
      ["Requirements", '{ role: "agnet" }'],
      ["Requirements", '{ role: ["admin", "agnet"] }'],
    ] as const;
    const messages = [
      `Type '"refnud"' is not assignable to type '"list_tickets" | "refund"'`,
      `Type '"weekly"' is not assignable to type '"weekly_report"'.`,
      `Type '"ticket:read"' is not assignable to type '"tickets:read" | "refunds:create"'. Did you mean '"tickets:read"'?`,
      `Type '"summary"' is not assignable to type '"summaries"'.`,
      `but 'refnud' does not exist in type 'ByName<"list_tickets" | "refund", Rule>'. Did you mean to write 'refund'?`,
      `'daily_report' does not exist in type 'ByName<"weekly_report", Rule>'`,
      `Did you mean '"authenticated"'?`,
      `Did you mean to write 'refund'?`,
      `'"list_*"' does not exist in type '{ readonly list_tickets?: readonly string[]; readonly refund?: readonly string[]; }'`,
      `Did you mean '"agent"'?`,
      `Did you mean '"agent"'?`,
    ];
    const found = check(EVERY_KIND, wrong);
    expect(found.map((lines) => lines.length)).toEqual(messages.map(() => 1));
    for (const [index, message] of messages.entries()) {
      expect(found[index]?.join()).toContain(message);
    }
  });

  it("are checked for the registered kinds alone", () => {
    expect(
      check(register('tools: "refund"'), [
        ["PermissionSlug", '"anything"'],
        ["AccessMap", '{ prompts: { anything: "authenticated" } }'],
        ["ToolName", '"anything"'],
      ]),
    ).toEqual([[], [], [`TS2322 Type '"anything"' is not assignable to type '"refund"'.`]]);
  });

  it("allow no name of a kind that has none", () => {
    expect(
      check(register("prompts: never"), [
        ["AccessMap", '{ prompts: { "*": "authenticated" } }'],
        ["AccessMap", '{ prompts: { greet: "authenticated" } }'],
      ]),
    ).toEqual([[], [expect.stringContaining("'greet' does not exist")]]);
  });

  it("name a registration of another type in the error", () => {
    expect(check(register("tools: string[]"), [["ToolName", '"refund"']])).toEqual([
      [
        `TS2322 Type '"refund"' is not assignable to type '"Register.tools must be a union of string literals"'.`,
      ],
    ]);
  });

  it("are any string while nothing is registered", () => {
    const free = [
      ["ToolName", '"anything"'],
      ["Requirements", '{ permissions: ["anything"], featureFlags: ["anything"] }'],
      ["AccessMap", '{ tools: { any: "authenticated" }, prompts: { any: "authenticated" } }'],
      ["WorkOSProviderConfig", '{ recordArguments: { anything: ["id"] } }'],
    ] as const;
    expect(check("export {};", free)).toEqual(free.map(() => []));
  });

  it("have no undefined rule, registered or not", () => {
    const undefinedRule = [["AccessMap", "{ tools: { refund: undefined } }"]] as const;
    expect(check("export {};", undefinedRule)[0]).toHaveLength(1);
    expect(check(EVERY_KIND, undefinedRule)[0]).not.toEqual([]);
  });
});
