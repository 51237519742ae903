import { tokenize } from "./project/tokens.js";

/** Kinds of names that the file registers, in its order. */
export const NAME_KINDS = ["tools", "prompts", "permissions", "roles", "featureFlags"] as const;
export type NameKind = (typeof NAME_KINDS)[number];

/** The names of each kind that is registered. */
export type NamesByKind = { readonly [Kind in NameKind]?: readonly string[] };

const FIRST_LINE =
  "// Written by `npx @xmcp-dev/workos types`; do not edit it, run the command again.";

/** Writes the file that registers names: the same names give the same text, whatever their order. */
export function writeTypesFile(names: NamesByKind): string {
  const members = NAME_KINDS.flatMap((kind) => {
    const listed = names[kind];
    if (listed === undefined) return [];
    const sorted = [...new Set(listed)].toSorted();
    if (sorted.length === 0) return [`    ${kind}: never;`];
    const union = sorted.map((name) => `      | ${quote(name)}`).join("\n");
    return [`    ${kind}:\n${union};`];
  });
  return `${FIRST_LINE}
import "@xmcp-dev/workos";

// prettier-ignore
declare module "@xmcp-dev/workos" {
  interface Register {
${members.join("\n")}
  }
}
`;
}

/**
 * Reads the names that a file registers, however it was formatted since.
 *
 * @returns undefined when the file was not written by this command.
 */
export function readTypesFile(source: string): NamesByKind | undefined {
  if (!source.startsWith(FIRST_LINE)) return undefined;
  const tokens = tokenize(source) ?? [];
  const names: Partial<Record<NameKind, readonly string[]>> = {};
  for (const [index, { text }] of tokens.entries()) {
    const kind = NAME_KINDS.find((one) => one === text);
    if (kind === undefined || tokens[index + 1]?.text !== ":") continue;
    const end = tokens.findIndex((token, at) => at > index && token.text === ";");
    const inside = tokens.slice(index, end === -1 ? undefined : end);
    names[kind] = inside.filter((token) => token.kind === "string").map(({ text: name }) => name);
  }
  return names;
}

/** Lists what a file has and should not have (`-`), and what it lacks (`+`), a line for each name. */
export function compareNames(had: NamesByKind, wanted: NamesByKind): readonly string[] {
  return NAME_KINDS.flatMap((kind) => {
    const [before, after] = [had[kind], wanted[kind]];
    const dropped = before?.filter((name) => after?.includes(name) !== true) ?? [];
    const added = after?.filter((name) => before?.includes(name) !== true) ?? [];
    const line = (sign: string) => (name: string) => `${sign} ${kind} ${quote(name)}`;
    const lines = [...new Set(dropped)].toSorted().map(line("-"));
    lines.push(...[...new Set(added)].toSorted().map(line("+")));
    // A kind without any name is registered nevertheless: then no name compiles.
    if (lines.length === 0 && (before === undefined) !== (after === undefined)) {
      lines.push(`${before === undefined ? "+" : "-"} ${kind}`);
    }
    return lines;
  });
}

/** A string literal in which every letter shows. */
function quote(name: string): string {
  return JSON.stringify(name).replaceAll(
    /[^\x20-\x7e]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
