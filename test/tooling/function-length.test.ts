import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { findLongFunctions, functionsIn } from "./function-length.js";

const repository = fileURLToPath(new URL("../..", import.meta.url));

it("no function of a package is over 120 lines, but the one exhaustive switch", () => {
  const long = findLongFunctions(repository).map(({ file, name }) => [file, name]);
  expect(long, "split what is longer along its parts: 120 lines at most").toEqual([
    ["packages/workos/src/guard/refusal.ts", "refusalForm"],
  ]);
});

/** A body of so many lines: a brace ends the last. */
const body = (lines: number): string => `{${"\n".repeat(lines - 1)}}`;

it("a function of 121 lines is found in any folder of any package's src, and one of 120 is not", () => {
  const root = mkdtempSync(join(tmpdir(), "function-length-"));
  onTestFinished(() => {
    rmSync(root, { recursive: true });
  });
  for (const folder of ["packages/a/src/deep", "packages/b/src", "packages/b/test"]) {
    mkdirSync(join(root, folder), { recursive: true });
    const text = `export function fits() ${body(120)}\nexport const planted = () => ${body(121)};\n`;
    writeFileSync(join(root, folder, "file.ts"), text);
  }
  expect(findLongFunctions(root)).toEqual([
    { file: "packages/a/src/deep/file.ts", name: "planted", lines: 121 },
    { file: "packages/b/src/file.ts", name: "planted", lines: 121 },
  ]);
});

it.each([
  ["a function", `export async function planted(): Promise<void> ${body(121)}`],
  ["an arrow function", `const planted = () => ${body(121)};`],
  ["an arrow function without braces", `const planted = () => (${"\n".repeat(120)}1);`],
  ["a function expression", `const planted = function () ${body(121)};`],
  ["a method of an object", `const object = { planted() ${body(121)} };`],
  ["a property of an object", `const object = { planted: () => ${body(121)} };`],
  ["a method of a class", `class Planter { private planted(): void ${body(121)} }`],
  ["a getter", `class Planter { get planted() ${body(121)} }`],
  ["an overloaded function", `function planted(): void;\nfunction planted(): void ${body(121)}`],
])("the length of %s is counted from its first line to its last", (_, source) => {
  const text = `/**\n * A comment.\n */\n${source}\n`;
  expect(functionsIn("planted.ts", text)).toEqual([
    { file: "planted.ts", name: "planted", lines: 121 },
  ]);
});

it("a function within another counts for both, and text about functions for none", () => {
  const text = `function outer() {\n  const inner = () => {\n    return "function no() {";\n  };\n}\n`;
  expect(functionsIn("planted.ts", text)).toEqual([
    { file: "planted.ts", name: "outer", lines: 5 },
    { file: "planted.ts", name: "inner", lines: 3 },
  ]);
});

it("an interface, a type and a switch at the top of a file are no functions", () => {
  const text = `interface A { run(): void }\ntype B = () => void;\nswitch (1) { case 1: }\n`;
  expect(functionsIn("planted.ts", text)).toEqual([]);
});
