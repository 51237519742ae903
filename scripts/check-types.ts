/** Type-checks every package, every example, and the tests and scripts around them; the bench once it is installed. */
import { spawnSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";

const projects = [
  ...globSync("packages/*/tsconfig.json"),
  ...globSync("examples/*/tsconfig.json"),
  "tsconfig.json",
  // Its types are the peers', which `npm run bench` alone installs.
  ...(existsSync("bench/node_modules") ? ["bench/tsconfig.json"] : []),
].toSorted();

const failed = projects.filter((project) => {
  const { status } = spawnSync("tsc", ["--noEmit", "-p", project], { stdio: "inherit" });
  return status !== 0;
});

if (failed.length > 0) {
  console.error(`\nType errors in ${failed.join(", ")}`);
  process.exit(1);
}
