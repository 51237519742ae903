/** What `npm run bench` runs: installs the peers when they are not there yet, then measures. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = import.meta.dirname;
const stamp = join(folder, "node_modules/.stamp");
const wanted = createHash("sha256")
  .update(readFileSync(join(folder, "package-lock.json")))
  .digest("hex");

if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) {
  console.error("bench: installing the peers (npm ci); the first time takes a minute");
  const { status } = spawnSync("npm", ["ci", "--no-workspaces", "--loglevel=error"], {
    cwd: folder,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (status !== 0) {
    console.error("bench: the peers could not be installed; npm's own words are above.");
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}
await import("./run.ts");
