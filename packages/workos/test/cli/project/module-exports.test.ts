import { runInNewContext } from "node:vm";
import ts from "typescript";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readModuleExports } from "../../../src/cli/project/module-exports.js";

const TOOL = "export default function run() { return 1; }\n";

/** The name in `metadata`, or what became of reading it. */
function nameIn(source: string): unknown {
  const read = readModuleExports(source);
  if (read.kind === "unreadable") return read;
  const name = read.metadata?.members.get("name");
  return name?.kind === "string" ? name.value : (name?.kind ?? read.metadata?.isOpen);
}

describe("a name in metadata is read", () => {
  it.each([
    ['export const metadata = { name: "refund" };'],
    ["export const metadata: ToolMetadata = { name: 'refund', description: 'x' };"],
    ['export const metadata = { description: "a, b", "name": "refund" } as const'],
    ['export const metadata = { name: "refund" as const } satisfies ToolMetadata;'],
    ["export let metadata = { name: `refund` }"],
    ['export const metadata: { name: string; run: () => void } = { ...base, name: "refund" };'],
    ['export const metadata = { annotations: { name: "x" }, name: "refund", };'],
    ['export const metadata = { name: "other", name: "refund" };'],
    ['// export const metadata = { name: "no" }\nexport const metadata = { name: "refund" };'],
    ['/* export const metadata = { name: "no" } */ export const metadata = { name: "refund" };'],
    [
      'const text = `export const metadata = { name: "no" }`;\nexport const metadata = { name: "refund" }',
    ],
    ['const text = `${a ? `x` : { b: "}" }.b}`; export const metadata = { name: "refund" };'],
    ["const quote = /[\"'`/]/g; const half = 4 / 2;\nexport const metadata = { name: 'refund' };"],
    ["const a = b / 2, c = '/';\nexport const metadata = { name: 'refund' };"],
    [
      'const A = () => <p title="it\'s">don\'t, "quote</p>;\nexport const metadata = { name: "refund" };',
    ],
    ['export const schema = { metadata: 1 };\nexport const metadata = { name: "refund" };'],
  ])("%s", (source) => {
    expect(nameIn(`${source}\n${TOOL}`)).toBe("refund");
    expect(readModuleExports(`${source}\n${TOOL}`)).toMatchObject({ hasDefault: true });
  });

  it("whatever it is, as TypeScript itself reads it", () => {
    const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(name, name, (text, other) => {
        const source = `const a = ${JSON.stringify(other)};\nexport const metadata = { title: a, name: ${JSON.stringify(text)} };`;
        const file = ts.createSourceFile("x.ts", source, ts.ScriptTarget.Latest, true);
        const strings: string[] = [];
        const visit = (node: ts.Node): void => {
          if (ts.isStringLiteral(node)) strings.push(node.text);
          node.forEachChild(visit);
        };
        visit(file);
        const read = nameIn(source);
        // Escapes are not read; the name then has to be written otherwise.
        expect(read).toBe(JSON.stringify(text).includes("\\") ? "computed" : strings[1]);
      }),
    );
  });
});

describe("what would have to be evaluated is not guessed", () => {
  it.each([
    ["export const metadata = { name: NAME };", "computed"],
    ["export const metadata = { name };", "computed"],
    ['export const metadata = { name: "a" + "b" };', "computed"],
    ['export const metadata = { name: "a".trim() };', "computed"],
    ["export const metadata = { name: `a${b}` };", "computed"],
    ['export const metadata = { name: "a\\u0062" };', "computed"],
    ['export const metadata = { get name() { return "a"; } };', "computed"],
    ["export const metadata = { name() {} };", "computed"],
    ['export const metadata = { name: "a", ...base };', "computed"],
    ['export const metadata = { name: "a", ["na" + "me"]: "b" };', "computed"],
    ["export const metadata = { ...base };", true],
    [
      "export const metadata = base;",
      { kind: "unreadable", problem: "metadata is no object literal" },
    ],
    [
      'export const metadata = define({ name: "a" });',
      { kind: "unreadable", problem: "metadata is no object literal" },
    ],
    [
      'const metadata = { name: "a" };\nexport { metadata };',
      { kind: "unreadable", problem: "metadata is exported in a list" },
    ],
    [
      "export { about as metadata, run as default } from './x';",
      { kind: "unreadable", problem: "metadata is exported in a list" },
    ],
    [
      "export * from './x';",
      { kind: "unreadable", problem: "it exports all of another file (export *)" },
    ],
    [
      'export const a = 1, metadata = { name: "a" };',
      { kind: "unreadable", problem: "metadata is declared together with something else" },
    ],
    [
      "export const { metadata } = both;",
      { kind: "unreadable", problem: "metadata is declared together with something else" },
    ],
    [
      "const text = `no end;\nexport const metadata = {};",
      { kind: "unreadable", problem: "a template literal in it does not end" },
    ],
  ])("%s", (source, expected) => {
    expect(nameIn(`${source}\n`)).toEqual(expected);
  });
});

/** Where the tool's module runs, xmcp reads this name. */
function nameByRunning(source: string): unknown {
  const { outputText } = ts.transpileModule(source, {
    fileName: "tool.tsx",
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      jsx: ts.JsxEmit.React,
      target: ts.ScriptTarget.ES2022,
    },
  });
  const exports: { metadata?: { name?: unknown }; default?: unknown } = {};
  runInNewContext(outputText, {
    exports,
    React: { createElement: () => 1 },
    base: { name: "base" },
  });
  return [exports.metadata?.name, "default" in exports];
}

describe("a source of which the reader is not certain", () => {
  const A = 'export const metadata = { name: "a" }';
  it.each([
    [`${A};\nmetadata.name = "b";`, "also used elsewhere"],
    [`${A};\nmetadata["name"] = "b";`, "also used elsewhere"],
    [`${A};\nObject.assign(metadata, { name: "b" });`, "also used elsewhere"],
    [`${A};\nconst copy = [...metadata.tags];`, "also used elsewhere"],
    ['export let metadata = { name: "a" };\nmetadata = { name: "b" };', "also used elsewhere"],
    [`${A} && { name: "b" };`, "no object literal"],
    [`${A} as object && { name: "b" };`, "no object literal"],
    [`${A}\n.constructor;`, "no object literal"],
    [`${A}["constructor"];`, "no object literal"],
    [`${A} in globalThis;`, "no object literal"],
    ['export let metadata: object;\nconst other = { name: "b" };', "no object literal"],
    ['export function metadata() {}\nmetadata.name = "b";', "no object literal"],
    [`namespace Inner { ${A}; }`, "from inside a block"],
    ['export const met\\u0061data = { name: "b" };', "with an escape"],
    ['export const metadata = { name: "a", na\\u006de: "b" };', "with an escape"],
    [`const q = <p>\`</p>;\n${A};\nconst r = <p>\`</p>;`, "between two tags"],
    [`const q = <p>/*</p>;\n${A};\nconst r = <p>*/</p>;`, "between two tags"],
    [`const q = <p>"</p>; ${A}; const r = <p>"</p>;`, "between two tags"],
    [`const q = <a>https://a</a>; ${A};`, "between two tags"],
    [`if (base) /\`/.test("");\n${A};\nif (base) /\`/.test("");`, "a slash in it"],
    [`let n = 1; n = n++ / "\`".length / 2;\n${A};\nconst b = "\`";`, "a slash in it"],
  ])("is refused: %s", (source, problem) => {
    expect(readModuleExports(`${source}\n${TOOL}`, true)).toEqual({
      kind: "unreadable",
      problem: expect.stringContaining(problem),
    });
  });

  it.each([
    ["{ __proto__: base }", true],
    ["{ '__proto__': base }", true],
    ['{ name: "a" as string || "b" }', "computed"],
  ])("a name is not read from %s", (literal, expected) => {
    const source = `export const metadata = ${literal};\n`;
    expect(nameIn(source)).toBe(expected);
  });

  it("is never read otherwise than it runs, however its parts are put together", () => {
    const parts = [
      'export const metadata = { name: "a" };',
      'export const metadata = { name: "a" }',
      "export const metadata = { ...base, name: 'a' };",
      "export const metadata = { __proto__: base };",
      'export let metadata = { name: "b" };',
      'metadata.name = "c";',
      "&& { name: 'd' };",
      ".constructor;",
      "as const;",
      "export default 1;",
      "const q = <p>`</p>;",
      "const r = <p>don't /* \"</p>;",
      "const s = <b title='\\'>{1 / 2}*/</b>;",
      "const t = `export const metadata = { name: 'e' }`;",
      "if (base) /`/.test('');",
      "if (base) /['\"]/.test('');",
      "const u = (1) / 2; // '`",
      "/* ` */",
      "const v = '`';",
      "const w = `${'`'}`;",
      " ",
      "\n",
    ];
    let read = 0;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 9 }), (chosen) => {
        const source = chosen.join(chosen.length % 2 === 0 ? "\n" : " ");
        const result = readModuleExports(source, true);
        const name = nameIn(source);
        if (result.kind === "unreadable" || name === "computed" || name === true) return;
        let ran: unknown;
        try {
          ran = nameByRunning(source);
        } catch {
          return;
        }
        read += 1;
        const found = result.metadata?.members.get("name");
        expect([found?.kind === "string" ? found.value : undefined, result.hasDefault]).toEqual(
          ran,
        );
      }),
      { numRuns: 3_000 },
    );
    expect(read).toBeGreaterThan(100);
  });
});

describe("a default export is found", () => {
  it.each([
    ["export default () => 1;", true],
    ["const run = () => 1;\nexport { run as default };", true],
    ["export { default } from './run';", true],
    ["export { default as run } from './run';", false],
    ["export const run = 1; // export default", false],
    ['const text = "export default 1";', false],
    ["", false],
  ])("%s: %s", (source, hasDefault) => {
    expect(readModuleExports(source)).toMatchObject({ kind: "read", hasDefault });
  });
});
