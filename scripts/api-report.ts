/**
 * Compares what the packages export with the reports in packages/<package>/api, so that a change of the public API is
 * seen in review.
 *
 *   node scripts/api-report.ts [--write] [folder]
 *
 * `--write` writes the reports anew. The packages must be built.
 */
import { resolve } from "node:path";
import { findDifferences, writeReports } from "./api/check.ts";

const root = resolve(process.argv.slice(2).find((argument) => !argument.startsWith("--")) ?? ".");

if (process.argv.includes("--write")) {
  for (const report of writeReports(root)) console.log(`wrote ${report}`);
} else {
  const differences = findDifferences(root);
  for (const { report, changes } of differences) {
    console.error([report, ...changes.map((line) => `  ${line}`), ""].join("\n"));
  }
  if (differences.length === 0) console.log("The public API is what its reports say.");
  else {
    console.error(
      "The public API is not what its reports say. If the change is meant, write them anew and commit them:\n" +
        "  npm run api -- --write",
    );
    process.exitCode = 1;
  }
}
