/**
 * What the npm scripts call: sets the checkout up, then becomes the command, with the tools of this
 * repository (and its Node) first in PATH.
 *
 *   node scripts/run.mjs <script> [arguments for it]
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { toolEnvironment } from "./setup/command.mjs";
import { root } from "./setup/files.mjs";
import { setupOrExit } from "./setup.mjs";

/** What each script needs built first ("none" | "stale" | "all"), and what it then runs. */
const scripts = {
  setup: { needs: "stale" },
  build: { needs: "all" },
  watch: {
    needs: "stale",
    run: [
      "tsc",
      "--build",
      "packages/emulator",
      "packages/workos",
      "--watch",
      "--preserveWatchOutput",
    ],
  },
  start: { needs: "stale", run: ["node", "scripts/start.ts"] },
  "start:acme": { needs: "stale", run: ["node", "scripts/start-acme.ts"] },
  test: { needs: "stale", run: ["vitest", "run"] },
  "test:coverage": { needs: "stale", run: ["vitest", "run", "--coverage"] },
  mutation: { needs: "stale", run: ["node", "scripts/mutation.ts"] },
  check: { needs: "stale", run: ["node", "scripts/check.ts"] },
  format: { needs: "none", run: ["oxfmt"] },
  "format:check": { needs: "none", run: ["oxfmt", "--check"] },
  lint: { needs: "stale", run: ["oxlint", "--type-aware", "--deny-warnings"] },
  types: { needs: "stale", run: ["node", "scripts/check-types.ts"] },
  "types:fast": { needs: "none", run: ["node", "scripts/check-types.ts", "--fast"] },
  boundaries: {
    needs: "none",
    run: [
      "depcruise",
      "--output-type",
      "err-long",
      "--config",
      ".dependency-cruiser.mjs",
      "packages",
    ],
  },
  unused: { needs: "stale", run: ["knip"] },
  api: { needs: "stale", run: ["node", "scripts/api-report.ts"] },
  typedoc: { needs: "none", run: ["typedoc"] },
  packages: { needs: "stale", run: ["node", "scripts/check-packages.ts"] },
  commits: { needs: "none", run: ["node", "scripts/check-commits.mjs"] },
  repository: { needs: "none", run: ["node", "scripts/check-repository.ts"] },
  words: { needs: "none", run: ["node", "scripts/check-words.ts"] },
  "docs:check": { needs: "none", run: ["node", "scripts/check-docs.ts"] },
  // For the pull request that the release workflow opens.
  "release:version": {
    needs: "none",
    run: ["sh", "-c", "changeset version && npm install --package-lock-only --ignore-scripts"],
  },
  bench: { needs: "stale", run: ["node", "bench/start.ts"] },
  soak: { needs: "stale", run: ["node", "scripts/soak.ts"] },
};

const [name, ...parameters] = process.argv.slice(2);
const script = name !== undefined && Object.hasOwn(scripts, name) ? scripts[name] : undefined;
if (script === undefined) {
  process.stderr.write(`Usage: node scripts/run.mjs <${Object.keys(scripts).join(" | ")}>\n`);
  process.exit(2);
}

setupOrExit(parameters.includes("--no-build") && name === "setup" ? "none" : script.needs);
if (script.run !== undefined) become([...script.run, ...parameters]);

/** Runs the command on this terminal and ends as it ends. */
function become([command, ...rest]) {
  const child = spawn(command, rest, {
    cwd: root,
    env: toolEnvironment(),
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    // On a terminal, Ctrl-C has reached the child already; a second one would cut its ending short.
    process.on(signal, () =>
      signal === "SIGINT" && process.stdin.isTTY ? undefined : child.kill(signal),
    );
  }
  // npm hands no signal on: ending it by its id must not leave the servers behind.
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) child.kill("SIGTERM");
  }, 1_000).unref();
  child.on("error", (error) => {
    process.stderr.write(`${command} did not start: ${error.message}\n`);
    process.exitCode = 127;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}
