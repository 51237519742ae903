/**
 * Checks that every published package and every page names the repository as `repository` in the root's package.json
 * does.
 *
 *   node scripts/check-repository.ts [--write] [folder]
 *
 * `--write` carries an edit of that field everywhere.
 */
import { resolve } from "node:path";
import { findDisagreements } from "./repository/agreement.ts";

const write = process.argv.includes("--write");
const root = resolve(process.argv.slice(2).find((argument) => !argument.startsWith("--")) ?? ".");
const disagreements = findDisagreements(root, { write });

for (const { file, message } of disagreements) {
  if (write) console.log(`wrote ${file}`);
  else console.error(`${file}: ${message}`);
}
if (disagreements.length === 0) console.log("Every package and page names the same repository.");
else if (!write) {
  console.error(
    "Edit `repository` in package.json if it is wrong there, then: npm run repository -- --write",
  );
  process.exitCode = 1;
}
