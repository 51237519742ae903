import { join } from "node:path";
import { parseArgs } from "node:util";
import { ORGANIZATION_ID } from "../authkit/claims.js";
import { readWorkOSNames } from "../workos/names.js";
import { describeApiFailure, readApiAccess } from "./api.js";
import { readXmcpProject } from "./project/xmcp-project.js";
import {
  compareNames,
  NAME_KINDS,
  readTypesFile,
  writeTypesFile,
  type NamesByKind,
} from "./types-file.js";
import { MisuseError, type CommandWorld } from "./world.js";
import { readIfThere, writeAtomically } from "./written-file.js";

/** Below src/, because the tsconfig.json of an xmcp project includes that. */
const DEFAULT_FILE = "src/workos-types.d.ts";

/**
 * Writes the file that registers a project's names, or checks that it is up to date.
 *
 * @returns the exit code.
 */
export async function runTypes(args: readonly string[], world: CommandWorld): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      check: { type: "boolean", default: false },
      out: { type: "string", default: DEFAULT_FILE },
      "no-workos": { type: "boolean", default: false },
      tools: { type: "string" },
      prompts: { type: "string" },
      organization: { type: "string", multiple: true },
    },
  });
  const {
    check,
    out,
    "no-workos": isOffline,
    organization: organizations,
    tools,
    prompts,
  } = values;
  if (!out.endsWith(".d.ts")) throw new MisuseError("--out must be a file that ends in .d.ts.");
  if (organizations?.every((id) => ORGANIZATION_ID.test(id)) === false) {
    throw new MisuseError("--organization must be an ID, org_…");
  }
  const path = join(world.cwd, out);
  const source = readIfThere(path);
  const had = source === undefined ? {} : readTypesFile(source);
  if (had === undefined) {
    world.printError(`${out} was not written by this command: delete it, or give another --out.`);
    return 1;
  }

  const ofProject = readProject(world, { tools, prompts });
  const ofWorkOS = isOffline
    ? { permissions: had.permissions, roles: had.roles, featureFlags: had.featureFlags }
    : await askWorkOS(world, organizations);
  if (ofProject === undefined || ofWorkOS === undefined) return 1;
  const wanted = withoutUndefined({ ...ofProject, ...ofWorkOS });

  const text = writeTypesFile(wanted);
  if (check) return report(source, { out, text, had, wanted }, world);
  if (source !== text) writeAtomically(path, text);
  world.print(`${out}: ${countNames(wanted)}`);
  return 0;
}

/** The names of the project's tools and prompts, or a line for each problem. */
function readProject(
  { cwd, print, printError }: CommandWorld,
  {
    tools,
    prompts,
  }: { readonly tools?: string | undefined; readonly prompts?: string | undefined },
): NamesByKind | undefined {
  const given = {
    ...(tools === undefined ? {} : { tools }),
    ...(prompts === undefined ? {} : { prompts }),
  };
  const read = readXmcpProject(cwd, given);
  switch (read.kind) {
    case "read":
      return { tools: read.names.tools, prompts: read.names.prompts };
    case "other-project":
      print(
        "No xmcp.config.ts here: names of tools and prompts are not registered. Folders of xmcp's form can be given with --tools and --prompts.",
      );
      return {};
    case "unreadable":
      read.problems.forEach(printError);
      return undefined;
  }
}

/** The names of the WorkOS environment; undefined when it cannot be asked, which is printed. */
async function askWorkOS(
  world: CommandWorld,
  organizations: readonly string[] | undefined,
): Promise<NamesByKind | undefined> {
  const access = readApiAccess(world);
  if (access === undefined) {
    world.printError("--no-workos writes and checks the names of tools and prompts alone.");
    return undefined;
  }
  try {
    const { roles, ...names } = await readWorkOSNames(access, organizations);
    return { ...names, roles: roles.map(({ slug }) => slug) };
  } catch (error) {
    world.printError(describeApiFailure(error, access));
    return undefined;
  }
}

function report(
  source: string | undefined,
  file: {
    readonly out: string;
    readonly text: string;
    readonly had: NamesByKind;
    readonly wanted: NamesByKind;
  },
  { print, printError }: CommandWorld,
): number {
  const { out, text, had, wanted } = file;
  const differences = compareNames(had, wanted);
  if (source !== undefined && withoutLayout(source) === withoutLayout(text)) {
    print(`${out} is up to date: ${countNames(wanted)}`);
    return 0;
  }
  differences.forEach(printError);
  printError(
    source === undefined
      ? `There is no ${out}: run npx @xmcp-dev/workos types.`
      : `${out} is not up to date${differences.length === 0 ? ", although its names are" : ""}: run npx @xmcp-dev/workos types.`,
  );
  return 1;
}

/** A formatter may have had the file in hand. */
function withoutLayout(text: string): string {
  return text.replaceAll(/\s+/g, "").replaceAll(":|", ":");
}

function withoutUndefined(names: {
  readonly [Kind in keyof NamesByKind]: NamesByKind[Kind] | undefined;
}): NamesByKind {
  return Object.fromEntries(Object.entries(names).filter(([, listed]) => listed !== undefined));
}

function countNames(names: NamesByKind): string {
  const counts = NAME_KINDS.flatMap((kind) => {
    const listed = names[kind];
    if (listed === undefined) return [];
    const count = new Set(listed).size;
    const plural = kind === "featureFlags" ? "feature flags" : kind;
    return [`${count} ${count === 1 ? plural.slice(0, -1) : plural}`];
  });
  return counts.length === 0 ? "no names" : counts.join(", ");
}
