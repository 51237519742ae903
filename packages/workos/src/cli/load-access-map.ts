import { existsSync } from "node:fs";
import * as nodeModule from "node:module";
import { extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { AccessMap } from "../access/access-map.js";

export type LoadedMap =
  | { readonly ok: true; readonly map: AccessMap }
  | { readonly ok: false; readonly problem: string };

const TYPESCRIPT = /\.[cm]?tsx?$/;

/**
 * Loads the access map that a module exports as `access` or as its default export.
 *
 * Runs that module and what it imports; the map's checks are functions, which no reader of its source could know. Node
 * strips the types of TypeScript.
 *
 * @param file relative to the project's folder.
 */
export async function loadAccessMap(cwd: string, file: string): Promise<LoadedMap> {
  const path = join(cwd, file);
  const failed = (problem: string): LoadedMap => ({ ok: false, problem });
  if (!existsSync(path)) {
    return failed(`there is no ${file}: name the module of the access map with --map`);
  }
  if (TYPESCRIPT.test(file) && !stripsTypes()) {
    return failed(
      `${file} is TypeScript, which Node ${process.versions.node} does not load: use Node 22.18 or newer, or build it and give the JavaScript to --map`,
    );
  }
  const forget = findTypeScript();
  let module: Readonly<Record<string, unknown>>;
  try {
    module = (await import(pathToFileURL(path).href)) as typeof module;
  } catch (error) {
    return failed(`${file} cannot be loaded: ${describe(error)}`);
  } finally {
    forget();
  }
  const map = module["access"] ?? module["default"];
  if (typeof map === "object" && map !== null) return { ok: true, map };
  return failed(`${file} exports no access map: export it as access, or as the default export`);
}

function stripsTypes(): boolean {
  return Boolean((process.features as { readonly typescript?: unknown }).typescript);
}

type Resolve = (
  specifier: string,
  context: { readonly parentURL?: string | undefined },
  next: (specifier: string) => unknown,
) => unknown;

/**
 * Lets relative imports leave out the extension, as a bundler does, until the function it returns is called.
 */
function findTypeScript(): () => void {
  const { registerHooks } = nodeModule as {
    readonly registerHooks?: (hooks: { readonly resolve: Resolve }) => { deregister(): void };
  };
  const hooks = registerHooks?.({
    resolve: (specifier, { parentURL }, next) => {
      const found =
        parentURL?.startsWith("file:") === true && /^\.{1,2}\//.test(specifier)
          ? withExtension(new URL(specifier, parentURL))
          : undefined;
      return next(found ?? specifier);
    },
  });
  return () => {
    hooks?.deregister();
  };
}

/** The file that a specifier without extension, or with that of the built file, means. */
function withExtension(url: URL): string | undefined {
  const path = fileURLToPath(url);
  if (existsSync(path) && extname(path) !== "") return undefined;
  const stem = path.replace(/\.jsx?$/, "");
  const file = [".ts", ".tsx", "/index.ts"].map((end) => `${stem}${end}`).find(existsSync);
  return file === undefined ? undefined : pathToFileURL(file).href;
}

/** Why an import failed: of our own errors every problem, of others the first line. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isOurs = "code" in error && error.code === "invalid_configuration";
  return isOurs ? error.message : (error.message.split("\n", 1)[0] ?? error.name);
}
