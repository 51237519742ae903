/**
 * Makes a checkout ready to use: dependencies installed, packages built. Does nothing when there is
 * nothing to do.
 *
 *   node scripts/setup.mjs [--no-build]
 *
 * This file and those in setup/ run before anything is installed, on the Node that happens to be
 * there. So: plain JavaScript, no dependency, Node 18 or newer.
 */
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build, packagesToBuild } from "./setup/build.mjs";
import { SetupError } from "./setup/command.mjs";
import { packagesIn } from "./setup/files.mjs";
import { installHooks } from "./setup/hooks.mjs";
import { install, isInstalled } from "./setup/install.mjs";
import { alone } from "./setup/lock.mjs";

/** `"none"`: dependencies only. `"stale"`: also the packages whose source changed. `"all"`: rebuild. */
export function setup(which = "stale") {
  const toBuild = () => {
    if (which === "none") return [];
    return which === "all" ? packagesIn("packages") : packagesToBuild();
  };
  if (isInstalled() && toBuild().length === 0) return;
  alone(() => {
    if (!isInstalled()) {
      install();
      installHooks();
    }
    for (const folder of toBuild()) build(folder);
  });
}

/** As `setup`, and a failure with a known reason ends the process with that reason alone. */
export function setupOrExit(which) {
  try {
    setup(which);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`\n${error.message}\n`);
    process.exit(1);
  }
}

const started = process.argv[1];
if (started !== undefined && realpathSync(started) === fileURLToPath(import.meta.url)) {
  setupOrExit(process.argv.includes("--no-build") ? "none" : "stale");
}
