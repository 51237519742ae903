import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const script = fileURLToPath(new URL("../../scripts/check-docs.ts", import.meta.url));
// The repository's own Node: the one that runs the tests may be too old for TypeScript.
const node = fileURLToPath(new URL("../../node_modules/.bin/node", import.meta.url));

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "docs-"));
  await file("src/app.ts", "// #region greet\nif (polite) {\n  greet();\n}\n// #endregion greet\n");
  await file(
    "src/nested.ts",
    "function f() {\n  // #region body\n  a();\n\n    b();\n  // #endregion body\n}\n",
  );
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

async function file(path: string, content: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}

async function check(...parameters: string[]): Promise<{ failed: boolean; output: string }> {
  try {
    const { stdout } = await promisify(execFile)(node, [script, root, ...parameters]);
    return { failed: false, output: stdout };
  } catch (error) {
    return { failed: true, output: (error as { stderr: string }).stderr };
  }
}

function fence(info: string, content: string): string {
  return `\`\`\`${info}\n${content}\n\`\`\`\n`;
}

describe("samples", () => {
  test("those that say what their sources say pass", async () => {
    await file("README.md", fence('ts source="src/app.ts#greet"', "if (polite) {\n  greet();\n}"));
    await file("docs/deep/page.md", fence('ts source="src/nested.ts#body"', "a();\n\n  b();"));
    await file("packages/p/package.json", '{ "name": "p" }\n');
    await file("packages/p/README.md", fence('json source="package.json"', '{ "name": "p" }'));
    await file(
      "docs/shell.md",
      fence("bash", "npm start") + fence("http", "GET /mcp") + fence("", "x"),
    );

    expect(await check()).toEqual({ failed: false, output: "4 pages, 0 problems\n" });
  });

  test.each([
    ["stale", 'ts source="src/app.ts#greet"', "greet();", "is not what src/app.ts#greet says"],
    ["without a source", "ts", "greet();", "this ts sample names no source"],
    ["without a source, in YAML", "yaml", "a: 1", "this yaml sample names no source"],
    ["of a missing file", 'ts source="src/gone.ts"', "", "src/gone.ts does not exist"],
    ["of a missing region", 'ts source="src/app.ts#gone"', "", "src/app.ts has no region gone"],
  ])("a sample %s is reported", async (_, info, content, message) => {
    await file("README.md", `# Title\n\n${fence(info, content)}`);

    const { failed, output } = await check();

    expect(failed).toBe(true);
    expect(output).toContain("README.md:3 ");
    expect(output).toContain(message);
  });

  test("--write brings a stale sample up to date and leaves the rest alone", async () => {
    const page = (sample: string) =>
      `before\n\n- in a list:\n\n  \`\`\`ts source="src/app.ts#greet"\n${sample}\n  \`\`\`\n\nafter\n`;
    await file("README.md", page("  old();"));

    await check("--write");

    expect(await readFile(join(root, "README.md"), "utf8")).toBe(
      page("  if (polite) {\n    greet();\n  }"),
    );
    expect((await check()).failed).toBe(false);
  });
});

describe("imports of samples", () => {
  const SOURCE = [
    'import type { Server } from "node:http";',
    'import z, { a, b as c, type D } from "pkg";',
    'import { own } from "./own.ts";',
    "// #region one",
    "const one: D = { a: own(c) };",
    "// #endregion one",
    "// #region two",
    "export const two = (s: Server) => z(s, c, a.b);",
    "// #endregion two",
    "",
  ].join("\n");
  const one = 'import { b as c, type D } from "pkg";\n\nconst one: D = { a: own(c) };';
  const two = (names: string) =>
    `import type { Server } from "node:http";\nimport z, { ${names} } from "pkg";\n\nexport const two = (s: Server) => z(s, c, a.b);`;

  test("are written into the first sample under a heading that uses them", async () => {
    await file("src/parts.ts", SOURCE);
    const page = (first: string, second: string, third: string) =>
      `# A\n\n${fence('ts source="src/parts.ts#one"', first)}\n${fence('ts source="src/parts.ts#two"', second)}\n## B\n\n${fence('ts source="src/parts.ts#two"', third)}`;
    await file("README.md", page("", "", ""));

    await check("--write");

    expect(await readFile(join(root, "README.md"), "utf8")).toBe(
      page(one, two("a"), two("a, b as c")),
    );
  });

  test("are missed where they are left out", async () => {
    await file("src/parts.ts", SOURCE);
    await file("README.md", fence('ts source="src/parts.ts#one"', "const one: D = { a: own(c) };"));

    const { failed, output } = await check();

    expect(failed).toBe(true);
    expect(output).toContain("is not what src/parts.ts#one says");
  });
});

describe("links", () => {
  test("those that lead somewhere pass", async () => {
    await file("image.png", "");
    await file(
      "docs/guide.md",
      "# The `guide`: A & B\n\n## Twice\n\n## Twice\n\n[up](../README.md#title)\n",
    );
    await file(
      "README.md",
      "# Title\n\n[a](docs/guide.md) [b](docs/guide.md#the-guide-a--b) [c](docs/guide.md#twice-1)\n" +
        "![i](image.png) [self](#title) [web](https://example.com/x) [docs](docs) `[no](link.md)`\n",
    );

    expect(await check()).toEqual({ failed: false, output: "2 pages, 0 problems\n" });
  });

  test.each([
    ["a page", "[a](docs/gone.md)"],
    ["an image", "![a](gone.png)"],
    ["an image in HTML", '<img alt="" src="gone.png">'],
    ["a heading of this page", "[a](#gone)"],
    ["a heading of another page", "[a](docs/guide.md#gone)"],
    ["a reference", "[a]: gone.md"],
  ])("a link to %s that is not there is reported", async (_, link) => {
    await file("docs/guide.md", "# Guide\n");
    await file("README.md", `# Title\n\n${link}\n`);

    const { failed, output } = await check();

    expect(failed).toBe(true);
    expect(output).toContain("README.md:3 ");
    expect(output).toContain("gone");
  });
});

describe("links of a package's README, which npm shows alone", () => {
  const here = "https://github.com/acme/tools";
  beforeEach(async () => {
    await file("package.json", `{ "repository": { "url": "git+${here}.git" } }`);
    await file("docs/guide.md", "# Guide\n");
    await file("packages/p/src/index.ts", "");
  });

  test("those that are absolute or stay in the package pass", async () => {
    const links = [
      `${here}/blob/main/docs/guide.md#guide`,
      `${here}/tree/main/docs`,
      `${here}/raw/main/docs/guide.md`,
      `${here}/issues`,
      `${here}-2/blob/main/gone.md`,
      "https://github.com/acme/other/blob/main/gone.md",
      "https://example.com/%zz",
      "src/index.ts",
    ].map((link) => `[a](${link})\n`);
    await file("packages/p/README.md", links.join(""));

    expect(await check()).toEqual({ failed: false, output: "2 pages, 0 problems\n" });
  });

  test.each([
    ["../../docs/guide.md#guide", `link to ${here}/blob/main/docs/guide.md`],
    ["../q/README.md", `link to ${here}/blob/main/packages/q/README.md`],
    ["../pq", `link to ${here}/blob/main/packages/pq`],
    [`${here}/blob/main/docs/gone.md`, "there is no such file"],
    [`${here}/blob/main/docs/guide.md#gone`, "that page has no such heading"],
  ])("%s is reported", async (link, message) => {
    await file("packages/p/README.md", `[a](${link})\n`);

    const { failed, output } = await check();

    expect(failed).toBe(true);
    expect(output).toContain("packages/p/README.md:1 ");
    expect(output).toContain(message);
  });
});

describe("examples in the docstrings of exported functions", () => {
  const docstring = (...lines: string[]) =>
    ["/**", " * Greets.", ...lines.map((line) => ` * ${line}`), " */\n"].join("\n");
  const greet = "export function greet(): void {}\n";
  const shown = docstring("@example", "```ts", "greet();", "```", "@see RFC 0");
  beforeEach(async () => {
    const exports = { ".": { types: "./dist/index.d.ts" }, "./package.json": "./package.json" };
    await file("packages/p/package.json", JSON.stringify({ exports }));
    await file("packages/p/src/index.ts", 'export { greet, type Name, NAME } from "./greet.js";\n');
    await file("docs/snippets/examples.ts", "// #region greet\ngreet();\n// #endregion greet\n");
  });
  const write = (start: string, functions = greet) =>
    file(
      "packages/p/src/greet.ts",
      `export type Name = string;\nexport const NAME = "Ada";\n${start}${functions}export function inner(): void {}\n`,
    );

  test("those that are what their sources say pass", async () => {
    await write(shown);

    expect(await check()).toEqual({ failed: false, output: "0 pages, 0 problems\n" });
  });

  test.each([
    ["no example", docstring("@see RFC 0"), greet, "greet() has no @example in ```ts"],
    ["an example without code", docstring("@example"), greet, "greet() has no @example in ```ts"],
    ["no docstring", "", greet, "greet() has no @example in ```ts"],
    [
      "no example, as a constant",
      docstring(),
      "export const greet = (): void => {};\n",
      "greet() has no @example in ```ts",
    ],
    [
      "another example",
      docstring("@example", "```ts", "greet(1);", "```"),
      greet,
      "the @example of greet() is not what docs/snippets/examples.ts#greet says",
    ],
  ])("a function with %s is reported", async (_, start, functions, message) => {
    await write(start, functions);

    const { failed, output } = await check();

    expect(failed).toBe(true);
    expect(output).toMatch(/^packages\/p\/src\/greet\.ts:\d+ /);
    expect(output).toContain(message);
  });

  test("a function whose example has no source is reported", async () => {
    await write(shown);
    await file("docs/snippets/examples.ts", "");

    const { failed, output } = await check();

    expect(failed).toBe(true);
    expect(output).toContain("docs/snippets/examples.ts has no region greet");
  });

  test("--write brings an example up to date and leaves the rest alone", async () => {
    await write(docstring("@example", "```ts", "```", "@see RFC 0"));

    await check("--write");

    expect(await readFile(join(root, "packages/p/src/greet.ts"), "utf8")).toBe(
      `export type Name = string;\nexport const NAME = "Ada";\n${shown}${greet}export function inner(): void {}\n`,
    );
    expect((await check()).failed).toBe(false);
  });
});
