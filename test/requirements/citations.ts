import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { titlesIn } from "../support/titles.js";

/** Where requirement ids are cited: the titles of tests, by the file that has them. */
export type Citations = ReadonlyMap<string, readonly string[]>;

const TEST_FILES = [
  "packages/*/test/**/*.test.ts",
  "test/**/*.test.ts",
  "examples/*/test/**/*.test.ts",
];
const ID = /\b(?:RS|AS|T)-\d{2,3}\b/g;

/** Reads the ids that tests cite in the titles of `it`, `test` and `describe`, `.each` and `.for` included. */
export function citedIn(root: string): Citations {
  const citations = new Map<string, string[]>();
  for (const file of globSync(TEST_FILES, {
    cwd: root,
    exclude: ["**/node_modules/**", "test/.apps/**"],
  })) {
    for (const id of idsIn(readFileSync(join(root, file), "utf8"))) {
      citations.set(id, [...(citations.get(id) ?? []), file]);
    }
  }
  return citations;
}

/** The ids in the titles of one test file's source. */
export function idsIn(source: string): ReadonlySet<string> {
  return new Set(titlesIn(source).flatMap(({ text }) => text.match(ID) ?? []));
}
