import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hostEnvironment, run, say, SetupError } from "./command.mjs";
import { packagesIn, readIfThere, root, sha256 } from "./files.mjs";

const modules = join(root, "node_modules");
const stamp = join(modules, ".stamp");
const platform = `${process.platform}-${process.arch}`;

export function isInstalled() {
  const fingerprint = installFingerprint();
  if (readIfThere(stamp) === fingerprint) return true;
  if (!npmHasInstalledTheLockFile()) return false;
  writeFileSync(stamp, fingerprint);
  return true;
}

export function install() {
  say("installing dependencies (npm ci); the first time takes a minute or two");
  rmSync(stamp, { force: true });
  const failure = run(
    "npm",
    // Without the tools of development nothing here runs, whatever NODE_ENV says.
    ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"],
    hostEnvironment(),
  );
  if (failure !== undefined) {
    throw new SetupError(
      `Dependencies could not be installed: npm ci ${failure}. npm's own message is above.\n` +
        "The packages come from the npm registry, so this step needs a network connection, or a\n" +
        "mirror named in your npm configuration; and package-lock.json must fit every package.json\n" +
        "(npm install makes it fit). Fix that and run the same command again.",
    );
  }
  writeFileSync(stamp, installFingerprint());
}

/** Of the manifests only what npm looks at: editing a script must not reinstall everything. */
export function installFingerprint() {
  const folders = [root, ...packagesIn("packages"), ...packagesIn("examples")];
  const manifests = folders.map((folder) => {
    const manifest = JSON.parse(readIfThere(join(folder, "package.json")));
    const { name, workspaces, allowScripts, overrides, bin } = manifest;
    const { dependencies, devDependencies, peerDependencies, optionalDependencies } = manifest;
    return [
      { name, workspaces, allowScripts, overrides, bin },
      { dependencies, devDependencies, peerDependencies, optionalDependencies },
    ];
  });
  return `${platform} ${sha256([manifests, readIfThere(join(root, "package-lock.json"))])}`;
}

/**
 * Whether someone ran `npm ci` or `npm install` by hand, to the end, for this lock file and machine.
 * npm writes `.package-lock.json` last, and `npm ci` deletes it first: a half-finished install has
 * none.
 */
function npmHasInstalledTheLockFile() {
  const stamped = readIfThere(stamp)?.split(" ")[0] ?? platform;
  const installed = readIfThere(join(modules, ".package-lock.json"));
  const wanted = readIfThere(join(root, "package-lock.json"));
  const hasNode = existsSync(join(modules, "node", "bin", "node"));
  if (stamped !== platform || installed === undefined || wanted === undefined || !hasNode) {
    return false;
  }
  const present = JSON.parse(installed).packages;
  return Object.entries(JSON.parse(wanted).packages).every(
    ([path, entry]) =>
      path === "" ||
      entry.optional ||
      entry.devOptional ||
      (present[path] !== undefined && present[path].version === entry.version),
  );
}
