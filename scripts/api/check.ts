import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { lineChanges } from "./changes.ts";
import { reportApi } from "./report.ts";

const Manifest = z.object({ exports: z.record(z.string(), z.unknown()) });
const Conditions = z.object({ types: z.string() });

/** A report that is not what is exported, and how it differs. */
export interface Difference {
  readonly report: string;
  readonly changes: readonly string[];
}

/** Compares the reports of every package with what it exports. */
export function findDifferences(root: string): readonly Difference[] {
  return reportsIn(root).flatMap(({ report, committed, built }) =>
    built === committed
      ? []
      : [
          {
            report,
            changes:
              built === undefined
                ? ["- the entry point is no longer exported"]
                : lineChanges(committed ?? "", built),
          },
        ],
  );
}

/** Writes the reports that differ anew, and returns their paths. */
export function writeReports(root: string): readonly string[] {
  return reportsIn(root).flatMap(({ report, committed, built }) => {
    if (built === committed) return [];
    const file = join(root, report);
    if (built === undefined) rmSync(file);
    else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, built);
    }
    return [report];
  });
}

interface Report {
  /** Its path from the root. */
  readonly report: string;
  readonly committed: string | undefined;
  /** What it must be; undefined when there is no such entry point. */
  readonly built: string | undefined;
}

function reportsIn(root: string): readonly Report[] {
  return globSync("packages/*/package.json", { cwd: root })
    .toSorted()
    .flatMap((manifest) => {
      const home = dirname(manifest);
      const wanted = entriesOf(join(root, home)).map(({ name, types }) => ({
        report: join(home, "api", `${name}.api.d.ts`),
        built: reportApi(types),
      }));
      const stale = globSync(join(home, "api/*.api.d.ts"), { cwd: root })
        .filter((path) => wanted.every(({ report }) => report !== path))
        .map((report) => ({ report, built: undefined }));
      return [...wanted, ...stale].map(({ report, built }) => {
        const file = join(root, report);
        return {
          report,
          built,
          committed: existsSync(file) ? readFileSync(file, "utf8") : undefined,
        };
      });
    });
}

/** The entry points that have types. */
function entriesOf(home: string): readonly { readonly name: string; readonly types: string }[] {
  const { exports } = Manifest.parse(JSON.parse(readFileSync(join(home, "package.json"), "utf8")));
  return Object.entries(exports).flatMap(([path, target]) => {
    const conditions = Conditions.safeParse(target);
    if (!conditions.success) return [];
    const name = path === "." ? "index" : path.replace(/^\.\//, "").replaceAll("/", "-");
    return [{ name, types: join(home, conditions.data.types) }];
  });
}
