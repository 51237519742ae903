import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";

const script = fileURLToPath(new URL("../../scripts/check-words.ts", import.meta.url));
// The repository's own Node: the one that runs the tests may be too old for TypeScript.
const node = fileURLToPath(new URL("../../node_modules/.bin/node", import.meta.url));
// Spelled backwards, since the check reads this file too.
const word = (backwards: string): string => backwards.split("").toReversed().join("");

let root: string;
const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
const git = (...parameters: string[]): void => {
  spawnSync("git", parameters, { cwd: root });
};
const check = (): { status: number | null; stdout: string; stderr: string } => {
  const { status, stdout, stderr } = spawnSync(node, [script, root], { encoding: "utf8" });
  return { status, stdout, stderr };
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "words-"));
  git("init");
  write(".gitignore", "dist/\n");
  write("README.md", "A caller reads this. Amend it, recommend it.\n");
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

it("accepts words that have an unwanted one inside, a package lock, and ignored files", () => {
  write("a/package-lock.json", `"node_modules/${word("ydobyna")}"\n`);
  write("dist/a.js", `// ${word("ydobon")}\n`);

  expect(check()).toEqual({ status: 0, stdout: "2 files, 0 unwanted words\n", stderr: "" });
});

it.each(["ydobon", "reveohW", "ydobemos", "ydobyna", "dnem", "sdnem", "gnidnem"])(
  "reports each place of %s spelled forwards, tracked or not, in code, pages and tests",
  (backwards) => {
    const planted = word(backwards);
    write("src/a.ts", `// One line.\n/** For ${planted}, and ${planted}'s. */\n`);
    git("add", "src");
    write("docs/a.md", `${planted} comes.\n`);
    write("test/a.test.ts", `it("asks ${planted}")\n`);

    const { status, stderr } = check();

    expect(status).toBe(1);
    expect(
      stderr
        .split("\n")
        .filter((line) => line.includes('"'))
        .toSorted(),
    ).toEqual([
      `docs/a.md:1 "${planted}"`,
      `src/a.ts:2 "${planted}"`,
      `src/a.ts:2 "${planted}"`,
      `test/a.test.ts:1 "${planted}"`,
    ]);
  },
);
