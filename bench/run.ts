/** `npm run bench`: measures us beside the peers, prints the tables and writes them to results/. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { makeKeys, type Bench } from "./bench.ts";
import { versionsOf } from "./catalogue.ts";
import { measureAccess } from "./measure/access.ts";
import { measureBuiltApps } from "./measure/built-app.ts";
import { measureCost } from "./measure/cost.ts";
import { measureImports } from "./measure/imports.ts";
import { measureFetches } from "./measure/key-sets.ts";
import { measureMemory } from "./measure/memory.ts";
import { measureOutage } from "./measure/outage.ts";
import { measureTrail } from "./measure/trail.ts";
import { measureRotation } from "./measure/rotation.ts";
import { readOptions, stages, usage, type Options, type Stage } from "./options.ts";
import { pinning, startIssuer } from "./processes.ts";
import { report } from "./report.ts";
import type { Results } from "./results.ts";

const parameters = process.argv.slice(2);
const options = readOptions(parameters);
if (typeof options === "string") {
  console.error(`${options}\n\n${usage}`);
  process.exit(2);
}
const results = await measure(options);
const markdown = report(results);
const folder = join(import.meta.dirname, "results");
mkdirSync(folder, { recursive: true });
// Only a whole run is worth keeping beside the code.
const isWhole = !results.isQuick && options.stages.length === stages.length;
const name = isWhole && parameters.every((one) => !one.startsWith("--only")) ? "latest" : "try";
writeFileSync(join(folder, `${name}.md`), markdown);
writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(results, undefined, 2)}\n`);
console.log(`\n${markdown}\nAlso in bench/results/${name}.md and ${name}.json.`);
process.exit(0);

async function measure({
  targets,
  stages: wanted,
  isQuick,
  pluginFolder,
}: Options): Promise<Results> {
  const start = performance.now();
  const say = (line: string): void => {
    console.error(`[${((performance.now() - start) / 1000).toFixed(0).padStart(3)} s] ${line}`);
  };
  const issuer = await startIssuer();
  const bench: Bench = { issuer, targets, pluginFolder, isQuick, say, ...makeKeys() };
  const has = (stage: Stage): boolean => wanted.includes(stage);

  const cost = has("cost") ? await measureCost(bench) : undefined;
  if (has("behaviour")) say("keys and outages: some of it waits for a minute of real time");
  // Nothing here depends on speed, so that it may run side by side.
  const [rotation, fetches, outage] = has("behaviour")
    ? await Promise.all([measureRotation(bench), measureFetches(bench), measureOutage(bench)])
    : [];
  const imports = has("imports") ? measureImports(bench) : undefined;
  const apps = has("apps") ? await measureBuiltApps(bench) : undefined;
  const access = has("access") ? await measureAccess(bench) : undefined;
  const trail = has("trail") ? await measureTrail(bench) : undefined;
  const memory = has("memory") ? await measureMemory(bench) : undefined;
  await issuer.stop();
  return {
    date: new Date().toISOString().slice(0, 16),
    command: commandLine(),
    machine: `${cpus().length} x ${cpus()[0]?.model.trim() ?? "unknown"}, ${process.platform}`,
    node: process.versions.node,
    commit: commit(),
    pinning,
    isQuick,
    seconds: (performance.now() - start) / 1000,
    versions: Object.fromEntries(
      targets.map((target) => [target.name, versionsOf(target, pluginFolder)]),
    ),
    ...(cost === undefined ? {} : { cost }),
    ...(fetches === undefined ? {} : { fetches }),
    ...(rotation === undefined ? {} : { rotation }),
    ...(outage === undefined ? {} : { outage }),
    ...(memory === undefined ? {} : { memory }),
    ...(imports === undefined ? {} : { imports }),
    ...(apps === undefined ? {} : { apps }),
    ...(access === undefined ? {} : { access }),
    ...(trail === undefined ? {} : { trail }),
  };
}

/** As it was typed, but for the folder of the plugin, which is of no interest here. */
function commandLine(): string {
  const typed = parameters.map((one, index) =>
    parameters[index - 1] === "--xmcp-plugin" ? "<folder>" : one,
  );
  return ["npm run bench", ...(typed.length > 0 ? ["--", ...typed] : [])].join(" ");
}

function commit(): string {
  try {
    const git = (...rest: string[]): string =>
      execFileSync("git", rest, { cwd: import.meta.dirname, encoding: "utf8" }).trim();
    const isClean = git("status", "--porcelain", "--", "../packages/workos/src") === "";
    return `${git("rev-parse", "--short", "HEAD")}${isClean ? "" : " with changes in packages/workos/src"}`;
  } catch {
    return "unknown";
  }
}
