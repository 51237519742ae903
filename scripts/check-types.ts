/**
 * Type-checks every package, every example, and the tests and scripts around them; the bench once it is installed.
 *
 *   node scripts/check-types.ts [--fast]
 *
 * `--fast` checks the two packages only, and of those what changed since the last time.
 */
import { spawnSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { basename, dirname } from "node:path";

const fast = process.argv.includes("--fast");
const projects = [
  ...globSync("packages/*/tsconfig.json"),
  ...(fast ? [] : [...globSync("examples/*/tsconfig.json"), "tsconfig.json"]),
  // Its types are the peers', which `npm run bench` alone installs.
  ...(!fast && existsSync("bench/node_modules") ? ["bench/tsconfig.json"] : []),
].toSorted();

const failed = projects.filter((project) => {
  const note = `.stamp/types-${basename(dirname(project))}.tsbuildinfo`;
  const incremental = fast ? ["--incremental", "--tsBuildInfoFile", note] : [];
  const { status } = spawnSync("tsc", ["--noEmit", "-p", project, ...incremental], {
    stdio: "inherit",
  });
  return status !== 0;
});

if (failed.length > 0) {
  console.error(`\nType errors in ${failed.join(", ")}`);
  process.exit(1);
}
