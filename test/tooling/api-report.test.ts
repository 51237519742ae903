import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findDifferences, writeReports } from "../../scripts/api/check.ts";

const INDEX = "packages/a/dist/index.d.ts";
const HIDDEN = "packages/a/dist/hidden.d.ts";
const index = `import type { Hidden } from "./hidden.js";
/** Greets. */
export declare function greet(name: string, how?: Hidden): string;
export type { Options as GreetOptions } from "./hidden.js";
`;
const hidden = `export interface Hidden {
  readonly politely: boolean;
}
export interface Options {
  readonly language?: string;
}
export interface Unreached {
  readonly x: 1;
}
`;

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "api-report-"));
  const exports = { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } };
  await file("packages/a/package.json", JSON.stringify({ type: "module", exports }));
  await file(INDEX, index);
  await file(HIDDEN, hidden);
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

async function file(path: string, content: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}

const REPORT = "packages/a/api/index.api.d.ts";

test("the report has what is exported, and what that leads to", async () => {
  expect(writeReports(root)).toEqual([REPORT]);
  expect(await readFile(join(root, REPORT), "utf8")).toBe(`// Exported

export { Options as GreetOptions };

interface Options {
    readonly language?: string;
}

function greet(name: string, how?: Hidden): string;

// Not exported, and part of what is

interface Hidden {
    readonly politely: boolean;
}
`);
  expect(findDifferences(root)).toEqual([]);
  expect(writeReports(root)).toEqual([]);
});

describe("a change is seen", () => {
  test.each<[string, string, string, string, readonly string[]]>([
    [
      "of a parameter",
      INDEX,
      "name: string",
      "name: string | undefined",
      [
        "- function greet(name: string, how?: Hidden): string;",
        "+ function greet(name: string | undefined, how?: Hidden): string;",
      ],
    ],
    [
      "of a type that is not exported and that a function takes",
      HIDDEN,
      "politely: boolean",
      "politely?: boolean",
      ["-     readonly politely: boolean;", "+     readonly politely?: boolean;"],
    ],
    [
      "when something more is exported",
      INDEX,
      "/** Greets. */",
      "export declare const MAX: 7;",
      ["+ const MAX: 7;", "+ "],
    ],
    [
      "when a name is gone",
      INDEX,
      'export type { Options as GreetOptions } from "./hidden.js";\n',
      "",
      [
        "- export { Options as GreetOptions };",
        "- ",
        "- interface Options {",
        "-     readonly language?: string;",
        "- }",
        "- ",
      ],
    ],
  ])("%s", async (_, path, from, to, changes) => {
    writeReports(root);
    await file(path, (path === INDEX ? index : hidden).replace(from, to));
    expect(findDifferences(root)).toEqual([{ report: REPORT, changes }]);
    writeReports(root);
    expect(findDifferences(root)).toEqual([]);
  });

  test("when an entry point is new, and when one is gone", async () => {
    writeReports(root);
    const types = { types: "./dist/hidden.d.ts" };
    const manifest = {
      type: "module",
      exports: { "./deep/hidden": types, "./package.json": "./x" },
    };
    await file("packages/a/package.json", JSON.stringify(manifest));
    const [added, gone] = findDifferences(root);
    expect(added?.report).toBe("packages/a/api/deep-hidden.api.d.ts");
    expect(added?.changes).toContain("+ interface Unreached {");
    expect(gone).toEqual({ report: REPORT, changes: ["- the entry point is no longer exported"] });
    writeReports(root);
    expect(findDifferences(root)).toEqual([]);
  });
});

describe("no change is seen", () => {
  const [first = "", ...others] = hidden.split(/(?=export )/);
  test.each<[string, string, string]>([
    ["of a comment", INDEX, index.replace("Greets.", "Says hello.")],
    ["of what nothing leads to", HIDDEN, hidden.replace("x: 1", "x: 2")],
    ["of the order", HIDDEN, [...others, first].join("")],
  ])("%s", async (_, path, text) => {
    writeReports(root);
    expect(text).not.toBe(path === INDEX ? index : hidden);
    await file(path, text);
    expect(findDifferences(root)).toEqual([]);
  });
});

test("an export that leads nowhere is an error of its own", async () => {
  await file(INDEX, 'export type { Missing } from "./hidden.js";\n');
  expect(() => findDifferences(root)).toThrow("leads nowhere");
});

test(
  "the command prints the changes and how to accept them, and fails",
  { timeout: 120_000 },
  async () => {
    writeReports(root);
    await file(HIDDEN, hidden.replace("politely", "warmly"));
    // The repository's own Node: the one that runs the tests may be too old for TypeScript.
    const node = fileURLToPath(new URL("../../node_modules/.bin/node", import.meta.url));
    const script = fileURLToPath(new URL("../../scripts/api-report.ts", import.meta.url));
    await expect(promisify(execFile)(node, [script, root])).rejects.toMatchObject({
      code: 1,
      stderr: `${REPORT}
  -     readonly politely: boolean;
  +     readonly warmly: boolean;

The public API is not what its reports say. If the change is meant, write them anew and commit them:
  npm run api -- --write
`,
    });
  },
);
