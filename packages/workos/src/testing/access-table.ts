import { compileForEveryCaller, type AccessMap, type AccessPolicy } from "../access/access-map.js";
import type { Registered } from "../access/compare-access.js";
import { ConfigurationError, problemAt, type Problem } from "../errors.js";
import { readList, readMembers } from "../standards/members.js";
import { explainUse, wantedUse, type Explanation } from "./explain-access.js";
import { readPersona, type Persona } from "./persona.js";

const KINDS = { tools: "tool", prompts: "prompt", resources: "resource" } as const;
type Section = keyof typeof KINDS;

/** The text of a cell, by why a use is denied; `no` for everything else. */
const CELLS: Readonly<Record<string, string>> = {
  feature_flag_off: "flag",
  insufficient_scope: "scope",
  organization_required: "organization",
  organization_not_allowed: "organization",
};

const LEGEND: readonly (readonly [cell: string, meaning: string])[] = [
  ["yes", "may use it"],
  ["check", "may use it when the rule's check agrees"],
  ["flag", "may use it where its feature flag is on"],
  ["scope", "may use it after granting a scope to the client"],
  ["organization", "may use it in another organization"],
  ["no", "may not use it"],
];

/**
 * Writes who may use what as Markdown: a table for tools, prompts and resources each, with a column for each persona,
 * and what each persona has. By the code that decides at run time; asks no server.
 *
 * @example
 * ```ts
 * const personas = { agent: { roles: ["agent"] }, lead: { roles: ["lead"] } };
 * const markdown = await accessTable(access, personas, { tools: ["refund", "report_costs"] });
 * ```
 * @throws ConfigurationError when the map, a persona or a name cannot be.
 * @see docs/access.md
 */
export async function accessTable(
  map: AccessMap,
  personas: Readonly<Record<string, Persona>>,
  names: Registered,
): Promise<string> {
  const policy = compileForEveryCaller(map, "accessTable() cannot use this map");
  const problems: Problem[] = [];
  const people = readPersonas(personas, "personas", problems);
  const sections = readNames(names, problems);
  if (problems.length > 0) throw new ConfigurationError(problems, "accessTable() cannot answer");
  const written: string[] = [];
  const used = new Set<string>();
  for (const [section, listed] of sections) {
    if (listed.length === 0) continue;
    const rows = await Promise.all(
      listed.map((name) => createRow(policy, section, { name, people, used })),
    );
    const title = `## ${section.charAt(0).toUpperCase()}${section.slice(1)}`;
    const head = [KINDS[section], "rule", ...people.map(([name]) => name)];
    written.push(title, formatTable([head, ...rows]));
  }
  const legend = LEGEND.filter(([cell]) => used.has(cell));
  if (legend.length > 0) written.push(legend.map(([cell, is]) => `- ${cell}: ${is}`).join("\n"));
  written.push("## Who", people.map(describePersona).join("\n"));
  return `${written.join("\n\n")}\n`;
}

type People = readonly (readonly [name: string, persona: Persona])[];

/** Checks personas by name, which a file may have. */
export function readPersonas(given: unknown, path: string, problems: Problem[]): People {
  const isObject = typeof given === "object" && given !== null && !Array.isArray(given);
  const members = isObject ? readMembers(given, []) : undefined;
  const people = Object.entries(members ?? {});
  if (people.length === 0) {
    problems.push(
      problemAt(path, 'must name one persona at least: { admin: { roles: ["admin"] } }'),
    );
  }
  return people.map(([name, persona]) => [
    name,
    readPersona(persona, `${path}[${JSON.stringify(name)}]`, problems),
  ]);
}

function readNames(
  names: Registered,
  problems: Problem[],
): readonly (readonly [Section, readonly string[]])[] {
  return (Object.keys(KINDS) as Section[]).map((section) => {
    const listed: unknown = names[section] ?? [];
    const read = Array.isArray(listed) ? readList(listed) : undefined;
    const isFit = read?.every((name) => typeof name === "string" && name !== "") === true;
    if (!isFit) problems.push(problemAt(`names.${section}`, "must be a list of names"));
    return [section, isFit ? [...new Set(read as readonly string[])].toSorted() : []];
  });
}

async function createRow(
  policy: AccessPolicy,
  section: Section,
  {
    name,
    people,
    used,
  }: { readonly name: string; readonly people: People; readonly used: Set<string> },
): Promise<readonly string[]> {
  const wanted = { ...wantedUse(KINDS[section], name), isComplete: false };
  const explained = await Promise.all(
    people.map(([, persona]) => explainUse(policy, persona, wanted)),
  );
  const cells = explained.map(formatCell);
  for (const cell of cells) used.add(cell);
  return [code(name), formatRule(explained[0]?.rule), ...cells];
}

function formatCell({ outcome, reason = "" }: Explanation): string {
  if (outcome === "allowed") return "yes";
  return outcome === "depends-on-check" ? "check" : (CELLS[reason] ?? "no");
}

/** One line about what a persona has. */
function describePersona([name, persona]: readonly [string, Persona]): string {
  const {
    kind = "user",
    organizationId,
    organizations,
    roles,
    permissions,
    featureFlags,
    scopes,
  } = persona;
  const list = (what: string, all: readonly string[] | undefined): readonly string[] =>
    all === undefined || all.length === 0 ? [] : [`${what} ${all.toSorted().join(", ")}`];
  const parts = [
    kind,
    ...(organizationId === undefined ? [] : [`in ${organizationId}`]),
    ...list("member of", organizations),
    ...list("roles", roles),
    ...list("permissions", permissions),
    ...list("feature flags", featureFlags),
    ...list("scopes", scopes),
  ];
  return `- ${escape(name)}: ${escape(parts.join("; "))}`;
}

/** A Markdown table, laid out as formatters do. */
function formatTable(rows: readonly (readonly string[])[]): string {
  const escaped = rows.map((row) => row.map(escape));
  const widths = (escaped[0] ?? []).map((_, column) =>
    Math.max(3, ...escaped.map((row) => row[column]?.length ?? 0)),
  );
  const lineOf = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = escaped;
  const rule = widths.map((width) => "-".repeat(width));
  return [head, rule, ...body].map(lineOf).join("\n");
}

/** The key of a rule, as the map has it. */
function formatRule(path: string | undefined): string {
  const key = path === undefined ? undefined : /^access\.\w+\["(.*)"\]$/.exec(path)?.[1];
  return key === undefined ? (path ?? "not named") : code(key);
}

function code(text: string): string {
  return text.includes("`") ? text : `\`${text}\``;
}

/** Writes what would end a cell or a line, or would not show. */
function escape(text: string): string {
  return text
    .replaceAll(/[\\|<]/g, (letter) => `\\${letter}`)
    .replaceAll(/[^\x20-\x7e]/g, (letter) => `&#x${letter.codePointAt(0)?.toString(16)};`);
}
