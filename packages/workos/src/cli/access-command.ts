import { join } from "node:path";
import { parseArgs } from "node:util";
import { compileForEveryCaller, type AccessMap } from "../access/access-map.js";
import type { Registered } from "../access/compare-access.js";
import { ORGANIZATION_ID, type OrganizationId } from "../authkit/claims.js";
import { ConfigurationError, type Problem } from "../errors.js";
import { accessTable, readPersonas } from "../testing/access-table.js";
import { SOME_ORGANIZATION, type Persona } from "../testing/persona.js";
import { readWorkOSNames, type NamedRole } from "../workos/names.js";
import { describeApiFailure, readApiAccess } from "./api.js";
import { loadAccessMap } from "./load-access-map.js";
import { readXmcpProject } from "./project/xmcp-project.js";
import { MisuseError, type CommandWorld } from "./world.js";
import { readIfThere, writeAtomically } from "./written-file.js";

const DEFAULT_MAP = "src/access.ts";
const DEFAULT_SNAPSHOT = "access.snapshot.md";
const FIRST_LINE = "<!-- Written by `npx @xmcp-dev/workos access --snapshot`; do not edit it. -->";

/**
 * Prints who may use what by an access map, writes it as a snapshot, or checks the snapshot.
 *
 * @returns the exit code.
 */
export async function runAccess(args: readonly string[], world: CommandWorld): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      map: { type: "string", default: DEFAULT_MAP },
      personas: { type: "string" },
      snapshot: { type: "boolean", default: false },
      check: { type: "boolean", default: false },
      out: { type: "string", default: DEFAULT_SNAPSHOT },
      organization: { type: "string", multiple: true },
      tools: { type: "string" },
      prompts: { type: "string" },
      resources: { type: "string" },
    },
  });
  const { map, personas: file, snapshot, check, out, organization } = values;
  if (snapshot && check) throw new MisuseError("--snapshot and --check are two commands.");
  if (file !== undefined && organization !== undefined) {
    throw new MisuseError("--organization is for roles of WorkOS, not for --personas.");
  }
  if (organization?.every((id) => ORGANIZATION_ID.test(id)) === false) {
    throw new MisuseError("--organization must be an ID, org_…");
  }
  if (!out.endsWith(".md")) throw new MisuseError("--out must be a file that ends in .md.");
  const path = join(world.cwd, out);
  const before = snapshot || check ? readIfThere(path) : undefined;
  if (before?.startsWith(FIRST_LINE) === false) {
    world.printError(`${out} was not written by this command: delete it, or give another --out.`);
    return 1;
  }

  const loaded = await loadAccessMap(world.cwd, map);
  if (!loaded.ok) {
    world.printError(loaded.problem);
    return 1;
  }
  const { tools, prompts, resources } = values;
  const names = readNames(world, loaded.map, withoutUndefined({ tools, prompts, resources }));
  const personas =
    file === undefined ? await askWorkOS(world, organization) : readPersonaFile(world, file);
  if (names === undefined || personas === undefined) return 1;
  const table = await accessTable(loaded.map, personas, names);
  const text = `${FIRST_LINE}\n\n# Who may use what\n\n${table}`;
  if (check) return report({ out, before, text }, world);
  if (!snapshot) {
    world.print(table);
    return 0;
  }
  if (before !== text) writeAtomically(path, text);
  world.print(`Wrote ${out}.`);
  return 0;
}

/** The names of the project, or without xmcp the exact names of the map. */
function readNames(
  { cwd, print, printError }: CommandWorld,
  map: AccessMap,
  folders: Readonly<Record<string, string>>,
): Registered | undefined {
  const read = readXmcpProject(cwd, folders);
  if (read.kind === "read") return read.names;
  if (read.kind === "unreadable") {
    read.problems.forEach(printError);
    return undefined;
  }
  print("No xmcp.config.ts here: the table has the names of the map alone, without patterns.\n");
  const policy = compileForEveryCaller(map, "the access map cannot work");
  const exact = (kind: "tool" | "prompt" | "resource"): readonly string[] =>
    policy.keys(kind).flatMap(({ key, pattern }) => (pattern.isExact ? [key] : []));
  return { tools: exact("tool"), prompts: exact("prompt"), resources: exact("resource") };
}

/** A persona for each role of the WorkOS environment, and one without any. */
async function askWorkOS(
  world: CommandWorld,
  organizations: readonly string[] | undefined,
): Promise<Readonly<Record<string, Persona>> | undefined> {
  const access = readApiAccess(world);
  if (access === undefined) {
    world.printError("--personas <file.json> gives who is asked about instead of WorkOS's roles.");
    return undefined;
  }
  try {
    const { roles } = await readWorkOSNames(access, organizations);
    const people = roles.toSorted(compareRoles).map((role): [string, Persona] => [
      role.organizationId === undefined ? role.slug : `${role.slug} of ${role.organizationId}`,
      {
        organizationId: (role.organizationId ?? SOME_ORGANIZATION) as OrganizationId,
        roles: [role.slug],
        permissions: role.permissions,
      },
    ]);
    return { "no role": { organizationId: SOME_ORGANIZATION }, ...Object.fromEntries(people) };
  } catch (error) {
    world.printError(describeApiFailure(error, access));
    return undefined;
  }
}

function compareRoles(one: NamedRole, other: NamedRole): number {
  const [left, right] = [one, other].map(
    ({ slug, organizationId }) => `${organizationId ?? ""} ${slug}`,
  );
  return String(left) < String(right) ? -1 : 1;
}

/** Personas by name, from a JSON file. */
function readPersonaFile(
  { cwd, printError }: CommandWorld,
  file: string,
): Readonly<Record<string, Persona>> | undefined {
  const text = readIfThere(join(cwd, file));
  if (text === undefined) {
    printError(`there is no ${file}`);
    return undefined;
  }
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    printError(`${file} is no JSON`);
    return undefined;
  }
  const problems: Problem[] = [];
  const people = readPersonas(given, file, problems);
  if (problems.length > 0) throw new ConfigurationError(problems, `${file} cannot be used`);
  return Object.fromEntries(people);
}

function report(
  {
    out,
    before,
    text,
  }: { readonly out: string; readonly before: string | undefined; readonly text: string },
  { print, printError }: CommandWorld,
): number {
  const [had, has] = [before ?? "", text].map(splitLines);
  const dropped = had?.filter((line) => has?.includes(line) !== true) ?? [];
  const added = has?.filter((line) => had?.includes(line) !== true) ?? [];
  if (before !== undefined && had?.join("\n") === has?.join("\n")) {
    print(`${out} is up to date.`);
    return 0;
  }
  for (const line of dropped) printError(`- ${line}`);
  for (const line of added) printError(`+ ${line}`);
  printError(
    `${before === undefined ? `There is no ${out}` : `${out} is not up to date`}: run npx @xmcp-dev/workos access --snapshot, and look at what changed.`,
  );
  return 1;
}

/** The lines that say something, however a formatter laid them out. */
function splitLines(text: string): readonly string[] {
  return text
    .split("\n")
    .map((line) => line.replaceAll(/ +/g, " ").trim())
    .filter((line) => line !== "" && !/^[| -]+$/.test(line));
}

function withoutUndefined(
  values: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Readonly<Record<string, string>>;
}
