import type { Registered } from "../../access/compare-access.js";
import { closestTo } from "../../standards/closest-name.js";
import type { RecordedArguments } from "../../trail/event.js";

type Modules = Readonly<Record<string, () => Promise<unknown>>>;

// xmcp puts its import map in the place of these names when it bundles; elsewhere they are not there.
declare const INJECTED_TOOLS: Modules | undefined;
declare const INJECTED_PROMPTS: Modules | undefined;

/**
 * Reads the names of the tools and prompts that xmcp registers; nothing on another host.
 *
 * Imports the modules, which xmcp would do at the first request. Does NOT know resources,
 * nor what a module that cannot be imported would have been called.
 */
export async function registeredWithXmcp(): Promise<Registered> {
  const tools = typeof INJECTED_TOOLS === "undefined" ? undefined : INJECTED_TOOLS;
  const prompts = typeof INJECTED_PROMPTS === "undefined" ? undefined : INJECTED_PROMPTS;
  return {
    ...(tools === undefined ? {} : { tools: await readNames(tools) }),
    ...(prompts === undefined ? {} : { prompts: await readNames(prompts) }),
  };
}

async function readNames(modules: Modules): Promise<readonly string[]> {
  const names = await Promise.all(
    Object.entries(modules).map(async ([path, load]) => readName(path, await load())),
  );
  return names.flatMap((name) => name ?? []);
}

/** What has no default export is not registered. */
function readName(path: string, module: unknown): string | undefined {
  if (typeof module !== "object" || module === null || !("default" in module)) return undefined;
  const metadata: unknown = "metadata" in module ? module.metadata : undefined;
  return nameInXmcp(
    path,
    typeof metadata === "object" && metadata !== null && "name" in metadata
      ? metadata.name
      : undefined,
  );
}

/** Returns the name that xmcp gives what a file exports: that of its metadata, else the file's. */
export function nameInXmcp(path: string, name: unknown): string {
  if (typeof name === "string") return name;
  const [file = path] = path.split("/").slice(-1);
  return file.replace(/\.[^/.]+$/, "");
}

/** Finds tools whose arguments shall be recorded and that the server does not register; a sentence for each. */
export function unknownRecordedTools(
  recorded: RecordedArguments,
  { tools }: Registered,
): readonly string[] {
  if (tools === undefined) return [];
  return [...recorded.keys()]
    .filter((name) => !tools.includes(name))
    .map((name) => {
      const closest = closestTo(name, tools);
      const hint = closest === undefined ? "" : `; did you mean ${closest}?`;
      return `recordArguments[${JSON.stringify(name)}] records nothing: the server has no such tool${hint}`;
    });
}
