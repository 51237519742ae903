/**
 * Installs the tools that these tests run, once: each folder beside this file with a package.json
 * is an installation of its own, because the tools are large and disagree about their dependencies.
 *
 *   node test/conformance/install.ts <clients | mcpjam | suite | typescript>
 */
import { spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, say, SetupError, toolEnvironment } from "../../scripts/setup/command.mjs";
import { readIfThere, sha256 } from "../../scripts/setup/files.mjs";
import { alone } from "../../scripts/setup/lock.mjs";

export type ToolFolder = "clients" | "mcpjam" | "suite" | "typescript";

const here = import.meta.dirname;

/**
 * Makes sure that the tools of a folder are there, and resolves with its `node_modules`.
 *
 * In a process of its own: a test runner that cannot be reached for a minute counts as dead.
 */
export async function installTools(folder: ToolFolder): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = spawn(process.execPath, [import.meta.filename, folder], {
    stdio: ["ignore", 2, 2],
  });
  child.once("error", reject);
  child.once("exit", (code) => {
    if (code === 0) resolve();
    else reject(new Error(`The tools in test/conformance/${folder} could not be installed`));
  });
  await promise;
  return join(here, folder, "node_modules");
}

function install(folder: string): void {
  const path = join(here, folder);
  const stamp = join(path, "node_modules", ".stamp");
  const manifest = readIfThere(join(path, "package.json"));
  const lockFile = readIfThere(join(path, "package-lock.json"));
  if (manifest === undefined || lockFile === undefined) {
    throw new SetupError(`test/conformance/${folder} holds no package.json and package-lock.json`);
  }
  const fingerprint = `${process.platform}-${process.arch} ${sha256([manifest, lockFile])}`;
  if (readIfThere(stamp) === fingerprint) return;
  say(`installing the tools of test/conformance/${folder} (npm ci)`);
  rmSync(stamp, { force: true });
  // No install scripts: what these tests use needs none, and some would fetch from elsewhere.
  const failure = run(
    "npm",
    ["ci", `--prefix=${path}`, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
    toolEnvironment(),
  );
  if (failure !== undefined) {
    throw new SetupError(
      `npm ci in test/conformance/${folder} ${failure}; npm's own message is above.`,
    );
  }
  // Last, so that an installation that was cut short is done again.
  writeFileSync(stamp, fingerprint);
}

if (import.meta.main) {
  alone(() => {
    install(process.argv[2] ?? "");
  });
}
