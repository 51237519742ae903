import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import { say } from "./command.mjs";
import { root } from "./files.mjs";

/** Makes git check commit subjects in this clone, and says so. A clone with hooks or a hook setting of its own keeps them. */
export function installHooks() {
  const top = git("rev-parse", "--show-toplevel");
  if (process.env.CI || top === undefined || realpathSync(top) !== realpathSync(root)) return;
  if (git("config", "core.hooksPath") !== undefined) return;
  const hooks = resolve(root, git("rev-parse", "--git-path", "hooks"));
  if (existsSync(hooks) && readdirSync(hooks).some((file) => !file.endsWith(".sample"))) return;
  if (git("config", "--local", "core.hooksPath", ".githooks") === undefined) return;
  say(
    "git checks the subjects of your commits from now on; to stop that:\n" +
      "setup:   git config core.hooksPath /dev/null",
  );
}

/** Returns what git printed, or undefined when it failed. */
function git(...parameters) {
  const { status, stdout } = spawnSync("git", parameters, { cwd: root, encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}
