/**
 * `npm run mutation`: changes the code of every floor below `server/` and of `exchange/` in thousands of small ways (Stryker), floor by floor, each held
 * against the floor's own tests; what those let pass is held against the tests of the floors above it too. `npm run
 * mutation -- <floor>…` measures some of them, and `--since <commit>` only what changed since then. Prints the score and
 * every survivor; fails below 90 %.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, matchesGlob } from "node:path";
import { parseArgs } from "node:util";

const root = join(import.meta.dirname, "..");
const LEAST = 90;

/** Files of src/, the tests that are about them, and those of the floors above that lead through them. */
const floors: Readonly<Record<string, Floor>> = {
  standards: {
    sources: ["standards/**/*", "authkit/**/*"],
    own: ["standards/*", "authkit/*"],
    above: ["token/*", "server/configuration*", "guard/*", "hosts/xmcp/workos-provider"],
  },
  token: {
    sources: ["token/**/*", "credential/**/*", "revocation/**/*"],
    own: ["token/*", "credential/*", "revocation/*"],
    above: [
      "guard/guard",
      "attacks/jwt-*",
      "attacks/headers",
      "server/configuration*",
      "hosts/xmcp/workos-provider",
    ],
  },
  workos: {
    sources: ["workos/**/*"],
    own: ["workos/*", "revocation/*"],
    above: [
      "access/*",
      "trail/observers",
      "observers/log-lines",
      "session/*",
      "hosts/xmcp/workos-provider",
      "cli/run",
    ],
  },
  trail: {
    sources: ["trail/**/*", "audit/**/*", "observers/**/*"],
    own: ["trail/*", "audit/*", "observers/*"],
    above: ["exchange/*", "hosts/*/*", "access/inside", "guard/guard", "cli/run"],
  },
  access: {
    sources: ["access/**/*"],
    own: ["access/*", "misuse/*"],
    above: ["exchange/rewrite-lists", "workos/*", "session/*"],
  },
  guard: {
    sources: ["guard/**/*", "session/**/*", "errors"],
    own: ["guard/*", "session/*", "errors"],
    above: [
      "access/*",
      "trail/*",
      "observers/*",
      "server/configuration*",
      "hosts/xmcp/workos-provider",
      "attacks/{headers,paths}",
      "revocation/webhook",
    ],
  },
  exchange: {
    sources: ["exchange/**/*"],
    own: ["exchange/*"],
    above: ["hosts/*/*", "access/forgotten-await", "access/inside", "trail/*", "observers/*"],
  },
};

interface Floor {
  readonly sources: readonly string[];
  readonly own: readonly string[];
  readonly above: readonly string[];
}

interface Mutant {
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly status: string;
  readonly location: {
    readonly start: { readonly line: number; readonly column: number };
    readonly end: { readonly line: number; readonly column: number };
  };
}

/** What became of every mutant, by a name that both passes give it. */
type Verdicts = Map<string, { readonly noticed: boolean; readonly lines: string }>;

/** One run of Stryker. */
function run(sources: readonly string[], tests: readonly string[]): Verdicts {
  const patterns = tests.map((test) => `packages/workos/test/${test}.test.ts`);
  const { status } = spawnSync("stryker", ["run", "--mutate", sources.join(",")], {
    cwd: root,
    env: { ...process.env, MUTATION_TESTS: patterns.join(" ") },
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  // The report that is there then is an earlier run's.
  if (status !== 0) process.exit(1);
  const report = JSON.parse(readFileSync(join(root, "reports/mutation.json"), "utf8")) as {
    readonly files: Readonly<Record<string, { readonly mutants: readonly Mutant[] }>>;
  };
  const verdicts: Verdicts = new Map();
  for (const [file, { mutants }] of Object.entries(report.files)) {
    for (const { status: verdict, mutatorName, replacement = "", location } of mutants) {
      // What does not compile or was left out on purpose is no mutant.
      if (!["Killed", "Timeout", "Survived", "NoCoverage"].includes(verdict)) continue;
      const { start, end } = location;
      verdicts.set(
        `${file}:${start.line}:${start.column}-${end.line}:${end.column} ${mutatorName} -> ${replacement.replaceAll(/\s+/g, " ")}`,
        {
          noticed: verdict === "Killed" || verdict === "Timeout",
          lines: `${file}:${start.line}-${end.line}`,
        },
      );
    }
  }
  return verdicts;
}

/** The lines of a floor that were written since a commit; two changes that are near each other are one. */
function changedSince(commit: string, files: readonly string[]): readonly string[] {
  // The whole of src/, or a file that came from another floor would count as new from its first line.
  const command = ["diff", "-M", "-U3", "--diff-filter=d", commit, "--", "packages/workos/src"];
  const diff = spawnSync("git", command, { cwd: root, encoding: "utf8", maxBuffer: 100_000_000 });
  if (diff.status !== 0) throw new Error(`git diff ${commit}: ${diff.stderr}`);
  const ranges: string[] = [];
  let file = "";
  for (const line of diff.stdout.split("\n")) {
    if (line.startsWith("+++ b/")) file = line.slice("+++ b/".length);
    const [, first, lines = "1"] = /^@@ \S+ \+(\d+)(?:,(\d+))? @@/.exec(line) ?? [];
    if (first === undefined || Number(lines) === 0) continue;
    if (!files.some((pattern) => matchesGlob(file, pattern))) continue;
    ranges.push(`${file}:${first}-${Number(first) + Number(lines) - 1}`);
  }
  return ranges;
}

function measure({ sources, own, above }: Floor, since: string | undefined): Verdicts {
  const files = sources.map((pattern) => `packages/workos/src/${pattern}.ts`);
  const mutated = since === undefined ? files : changedSince(since, files);
  if (mutated.length === 0) return new Map();
  const verdicts = run(mutated, own);
  const passed = [...verdicts.values()].filter(({ noticed }) => !noticed);
  if (passed.length === 0) return verdicts;
  const again = run([...new Set(passed.map(({ lines }) => lines))], [...own, ...above]);
  for (const [mutant, verdict] of again) {
    if (verdicts.get(mutant)?.noticed === false) verdicts.set(mutant, verdict);
  }
  return verdicts;
}

const {
  positionals: wanted,
  values: { since },
} = parseArgs({ allowPositionals: true, options: { since: { type: "string" } } });
const unknown = wanted.find((name) => !Object.hasOwn(floors, name));
if (unknown !== undefined) {
  console.error(
    `Usage: npm run mutation [-- [--since <commit>] ${Object.keys(floors).join(" | ")} …]`,
  );
  process.exit(2);
}
let all = 0;
let noticed = 0;
for (const [name, floor] of Object.entries(floors)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const verdicts = measure(floor, since);
  if (verdicts.size === 0) continue;
  const survivors = [...verdicts].filter(([, verdict]) => !verdict.noticed);
  all += verdicts.size;
  noticed += verdicts.size - survivors.length;
  const share = ((verdicts.size - survivors.length) / verdicts.size) * 100;
  console.log(`${name}: ${share.toFixed(1)} % of ${verdicts.size} mutants noticed`);
  for (const [mutant] of survivors) console.log(`  ${mutant}`);
}
if (all === 0) {
  console.log(`nothing that is mutated has changed since ${since}`);
  process.exit(0);
}
const score = (noticed / all) * 100;
console.log(`${score.toFixed(1)} % of ${all} mutants noticed; at least ${LEAST} % must be`);
process.exit(score >= LEAST ? 0 : 1);
