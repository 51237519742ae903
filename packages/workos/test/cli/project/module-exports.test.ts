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
