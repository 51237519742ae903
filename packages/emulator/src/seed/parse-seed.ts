import { parseDocument } from "yaml";
import { readObject } from "../input/field-reader.js";
import type { Seed } from "./seed.js";
import { SeedError, type SeedProblem } from "./seed-error.js";
import { findReferenceProblems } from "./seed-references.js";
import { readSeed } from "./seed-shape.js";

/**
 * Parses a seed file.
 *
 * Checks every field, the shape of identifiers and that references lead somewhere. Lists that are left out are empty.
 *
 * @throws {SeedError} with every problem found and its path, such as `users[2].email`.
 * @example
 * ```ts
 * const seed = parseSeed(await readFile("seed.yaml", "utf8"), "yaml");
 * ```
 */
export function parseSeed(text: string, format: "json" | "yaml"): Seed {
  return checkSeed(format === "json" ? parseJson(text) : parseYaml(text));
}

function checkSeed(value: unknown): Seed {
  const problems: SeedProblem[] = [];
  const seed = readObject(value, { path: "", kind: "a field of a seed", problems }, readSeed);
  // References of a seed whose fields are wrong would only repeat the same mistakes.
  if (problems.length === 0) problems.push(...findReferenceProblems(seed));
  if (problems.length > 0) throw new SeedError(problems);
  return seed;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const position = /at position ([0-9]+)/u.exec((error as Error).message)?.[1];
    throw notParsed(
      "JSON",
      position === undefined ? undefined : text.slice(0, Number(position)).split("\n").length,
    );
  }
}

function parseYaml(text: string): unknown {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw notParsed("YAML", error.linePos?.[0].line);
  try {
    // A bound on aliases keeps a small file from unfolding into a huge one.
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch {
    throw new SeedError([
      { path: "", message: "is not YAML: an alias has no anchor, or there are too many" },
    ]);
  }
}

// The parsers' own messages quote the file, which may hold an API key or a client secret.
function notParsed(format: string, line: number | undefined): SeedError {
  return new SeedError([
    {
      path: "",
      message: line === undefined ? `is not ${format}` : `is not ${format}: see line ${line}`,
    },
  ]);
}
