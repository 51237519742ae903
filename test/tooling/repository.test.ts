import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { findDisagreements } from "../../scripts/repository/agreement.js";

const script = fileURLToPath(new URL("../../scripts/check-repository.ts", import.meta.url));
// The repository's own Node: the one that runs the tests may be too old for TypeScript.
const node = fileURLToPath(new URL("../../node_modules/.bin/node", import.meta.url));

let root: string;
const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
const read = (path: string): string => readFileSync(join(root, path), "utf8");

const P = `{
  "name": "@acme/p",
  "homepage": "https://github.com/acme/tools/tree/main/packages/p#readme",
  "bugs": {
    "url": "https://github.com/acme/tools/issues"
  },
  "repository": {
    "type": "git",
    "url": "git+https://github.com/acme/tools.git",
    "directory": "packages/p"
  },
  "version": "1.0.0"
}
`;
const PAGES = {
  "README.md": "[a](https://github.com/acme/tools) git clone https://github.com/acme/tools.git\n",
  "packages/p/README.md": "[a](https://github.com/acme/tools/blob/main/README.md)\n",
  "packages/p/CHANGELOG.md": "[a](https://github.com/acme/tools/commit/0a1b2c3)\n",
  "docs/a.md": "[other](https://github.com/other/tools-2) [a](https://github.com/acme/tools#b)\n",
  ".github/ISSUE_TEMPLATE/config.yml": "url: https://github.com/acme/tools/security\n",
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "repository-"));
  write("package.json", `{ "repository": { "url": "git+https://github.com/acme/tools.git" } }`);
  write("packages/p/package.json", P);
  write("packages/internal/package.json", `{ "private": true }`);
  for (const [path, text] of Object.entries(PAGES)) write(path, text);
});
afterEach(() => rmSync(root, { recursive: true }));

it("accepts packages and pages that name one repository", () => {
  expect(findDisagreements(root, { write: false })).toEqual([]);
});

it("fails with the file and the cure", () => {
  write("README.md", "https://github.com/else/tools");
  const check = spawnSync(node, [script, root], { encoding: "utf8" });
  expect(check.stderr).toBe(
    "README.md: https://github.com/else/tools must be https://github.com/acme/tools\n" +
      "Edit `repository` in package.json if it is wrong there, then: npm run repository -- --write\n",
  );
  expect(check.status).toBe(1);
});

it.each<readonly [file: string, right: string, wrong: string]>([
  ["packages/p/package.json", "acme/tools.git", "else/tools.git"],
  ["packages/p/package.json", `"directory": "packages/p"`, `"directory": "packages/q"`],
  ["packages/p/package.json", "tools/issues", "tools/discussions"],
  ["packages/p/package.json", "tree/main/packages/p", "tree/main/packages/q"],
  ...Object.keys(PAGES).map((page) => [page, "acme/tools", "else/tools"] as const),
])("reports %s when %s becomes %s, and corrects it", (path, right, wrong) => {
  const before = read(path);
  write(path, before.replace(right, wrong));

  expect(findDisagreements(root, { write: false })).toEqual([
    { file: path, message: expect.stringContaining("https://github.com/acme/tools") as string },
  ]);

  findDisagreements(root, { write: true });
  expect(read(path)).toBe(before);
});

it("carries one edit everywhere, a new name too, and leaves other repositories alone", () => {
  write("package.json", `{ "repository": { "url": "git+https://github.com/new/kit.git" } }`);

  findDisagreements(root, { write: true });

  expect(read("packages/p/package.json")).toBe(P.replaceAll("acme/tools", "new/kit"));
  for (const [path, text] of Object.entries(PAGES)) {
    expect(read(path)).toBe(text.replaceAll("acme/tools", "new/kit"));
  }
  expect(findDisagreements(root, { write: false })).toEqual([]);
});

it("asks for the field when the root names no repository", () => {
  write("package.json", "{}");
  expect(() => findDisagreements(root, { write: false })).toThrow(
    'package.json needs "repository"',
  );
});
