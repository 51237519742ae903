/**
 * Runs every check that is not a test, two at a time, and says at the end which of them failed and
 * why. Each can be run alone as `npm run <name>`.
 */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { styleText } from "node:util";

const checks = [
  // The slow ones first.
  { name: "packages", about: "what would be published is sound" },
  { name: "types", about: "TypeScript has no complaints" },
  { name: "api", about: "the public API is what its reports say" },
  { name: "typedoc", about: "every type that the public API names is documented" },
  { name: "lint", about: "no suspicious code" },
  { name: "unused", about: "no unused file, export or dependency" },
  { name: "boundaries", about: "imports go down the floors only" },
  { name: "repository", about: "every package and page names the same repository" },
  { name: "commits", about: "commit subjects are imperative and short" },
  { name: "words", about: "no word leaves open who acts" },
  { name: "format:check", about: "formatted" },
  { name: "docs:check", about: "snippets are the sources', links lead somewhere" },
] as const;

type Check = (typeof checks)[number];
interface Result {
  readonly check: Check;
  readonly passed: boolean;
  readonly output: string;
}

function run(check: Check): Promise<Result> {
  const started = performance.now();
  const { promise, resolve } = Promise.withResolvers<Result>();
  const child = spawn(process.execPath, ["scripts/run.mjs", check.name], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  const output: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => output.push(text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => output.push(text));
  child.on("error", (error) => output.push(error.message));
  child.on("close", (code) => {
    const passed = code === 0;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(
      `${mark(passed)} ${check.name.padEnd(13)} ${seconds.padStart(5)} s  ${check.about}`,
    );
    resolve({ check, passed, output: output.join("") });
  });
  return promise;
}

function mark(passed: boolean): string {
  return passed ? styleText("green", "✓") : styleText("red", "✗");
}

const waiting = [...checks];
const results: Result[] = [];
async function work(): Promise<void> {
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
    results.push(await run(check));
  }
}
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work));

const failures = results.filter(({ passed }) => !passed);
for (const { check, output } of failures) {
  console.log(`\n${mark(false)} ${check.name} (npm run ${check.name})\n\n${output.trim()}`);
}
const names = failures.map(({ check }) => check.name).join(", ");
console.log(
  failures.length === 0
    ? `\nAll ${results.length} checks passed.`
    : `\n${failures.length} of ${results.length} checks failed: ${names}`,
);
process.exitCode = failures.length === 0 ? 0 : 1;
