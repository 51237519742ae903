/**
 * Checks that no file which git tracks, or would, has a word that leaves open who acts.
 *
 *   node scripts/check-words.ts [folder]
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findUnwantedWords } from "./words/find.ts";

/** Files with words that are not ours, and the list itself. */
const EXCEPT = /(?:^|\/)package-lock\.json$|^scripts\/words\/find\.ts$/;

const [root = "."] = process.argv.slice(2);
const files = execFileSync(
  "git",
  ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"],
  { cwd: root, encoding: "utf8" },
)
  .split("\0")
  .filter((file) => file !== "" && !EXCEPT.test(file));
const found = files.flatMap((file) => findUnwantedWords(file, readText(file)));

for (const place of found) console.error(place);
console.log(`${files.length} files, ${found.length} unwanted words`);
if (found.length > 0) {
  console.error(
    "Name who acts instead: the caller, the client, the operator. For something repaired, write fix.",
  );
  process.exitCode = 1;
}

/** Reads a file; of one that was deleted and is still in git's index there is nothing to read. */
function readText(file: string): string {
  try {
    return readFileSync(join(root, file), "utf8");
  } catch {
    return "";
  }
}
