import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { run, say, SetupError, toolEnvironment } from "./command.mjs";
import { filesBelow, notes, packagesIn, readIfThere, root, sha256 } from "./files.mjs";
import { installFingerprint } from "./install.mjs";

export function packagesToBuild() {
  return packagesIn("packages").filter(
    (folder) =>
      !existsSync(join(folder, "dist")) || readIfThere(stampOf(folder)) !== fingerprintOf(folder),
  );
}

export function build(folder) {
  const name = nameOf(folder);
  say(`building ${name}`);
  const fingerprint = fingerprintOf(folder);
  // Two seconds earlier, for file systems with coarse clocks.
  const started = Date.now() - 2000;
  rmSync(stampOf(folder), { force: true });
  const failure = run("npm", ["run", "build", "--silent", "-w", name], toolEnvironment());
  if (failure !== undefined) {
    throw new SetupError(`${name} does not build: its build script ${failure}; errors are above.`);
  }
  // What an earlier build made of files that are gone now must be neither tested nor published.
  for (const file of filesBelow(join(folder, "dist"))) {
    if (statSync(file).mtimeMs < started) rmSync(file);
  }
  writeFileSync(stampOf(folder), fingerprint);
}

function nameOf(folder) {
  return relative(root, folder).split(sep).join("/");
}

function stampOf(folder) {
  return join(notes, `build-${nameOf(folder).replaceAll("/", "-")}`);
}

function fingerprintOf(folder) {
  const inputs = [
    join(root, "tsconfig.base.json"),
    join(folder, "package.json"),
    join(folder, "tsconfig.json"),
    ...filesBelow(join(folder, "src")),
  ];
  const contents = inputs.map((file) => [relative(root, file), readIfThere(file)]);
  return sha256([installFingerprint(), contents]);
}
