import { builtinModules } from "node:module";
import { relative } from "node:path";
import { rolldown } from "rolldown";

/** The conditions that wrangler resolves packages with. */
const WORKER: readonly string[] = ["workerd", "worker", "browser"];

export interface WorkerBundle {
  readonly code: string;
  /** Imports of Node's modules by what is in the bundle, used or not, as "importer -> module". */
  readonly left: readonly string[];
  /** Imports of Node's modules by everything that was read on the way. */
  readonly met: readonly string[];
}

const ENTRY = "\0entry";
const BUILTINS = new Set(builtinModules.map((name) => name.split("/", 1)[0]));
const isBuiltin = (id: string): boolean =>
  BUILTINS.has(id.replace(/^node:/, "").split("/", 1)[0] ?? "");

/** Bundles the text of a module as for a Worker. Modules of Node stay imports, as a Worker's bundler leaves them. */
export async function bundleForWorker(
  code: string,
  { folder, conditions = WORKER, isShaken = true }: BundleOptions,
): Promise<WorkerBundle> {
  const met = new Map<string, Set<string>>();
  const bundle = await rolldown({
    input: ENTRY,
    cwd: folder,
    platform: "browser",
    treeshake: isShaken,
    resolve: { conditionNames: [...conditions, "import", "default"] },
    onLog: (level, log) => {
      if (level === "warn" && log.code === "UNRESOLVED_IMPORT") throw new Error(log.message);
    },
    plugins: [
      {
        name: "worker",
        resolveId(id, importer) {
          if (id === ENTRY) return id;
          if (isBuiltin(id)) {
            met.set(importer ?? "", (met.get(importer ?? "") ?? new Set()).add(id));
            return { id, external: true };
          }
          // The entry has no folder of its own.
          return importer === ENTRY ? this.resolve(id, `${folder}/entry.js`) : undefined;
        },
        load: (id) => (id === ENTRY ? code : undefined),
      },
    ],
  });
  try {
    const { output } = await bundle.generate({ format: "esm", codeSplitting: false });
    const chunks = output.filter((one) => one.type === "chunk");
    const kept = new Set(chunks.flatMap(({ moduleIds }) => moduleIds));
    const imports = [...met].flatMap(([importer, modules]) =>
      [...modules].map((module) => ({
        isLeft: kept.has(importer),
        text: `${importer === ENTRY ? "entry" : relative(folder, importer)} -> ${module}`,
      })),
    );
    return {
      code: chunks.map((chunk) => chunk.code).join("\n"),
      left: imports.filter(({ isLeft }) => isLeft).map(({ text }) => text),
      met: imports.map(({ text }) => text),
    };
  } finally {
    await bundle.close();
  }
}

interface BundleOptions {
  /** Where packages are looked for. */
  readonly folder: string;
  readonly conditions?: readonly string[];
  /** Whether what is not used is dropped. */
  readonly isShaken?: boolean;
}
