import { importsFor } from "./imports.ts";

export interface Problem {
  readonly line: number;
  readonly message: string;
  /** Whether the sample can be copied anew from its source. */
  readonly fixable?: boolean;
}

/** The languages whose samples must come from a file that is compiled, run or read by a test. */
const checked = new Set([
  "ts",
  "typescript",
  "tsx",
  "js",
  "javascript",
  "json",
  "jsonc",
  "yaml",
  "yml",
]);

const TYPESCRIPT = new Set(["ts", "typescript", "tsx"]);

/**
 * Compares every sample of a page with its source. A part of a TypeScript file begins with those imports of packages
 * that it uses, unless an earlier sample under the same heading has them.
 *
 * @returns as `text` the page with all samples up to date.
 */
export function checkSnippets(
  markdown: string,
  read: (path: string) => string | undefined,
): { text: string; problems: Problem[] } {
  const problems: Problem[] = [];
  const lines = markdown.split("\n");
  const text: string[] = [];
  /** What the samples since the last heading import. */
  let imported = new Set<string>();
  for (let at = 0; at < lines.length; at += 1) {
    const opening = /^(?<indent>\s*)(?<fence>`{3,}|~{3,})(?<info>.*)$/.exec(lines[at] ?? "");
    text.push(lines[at] ?? "");
    if (/^#{1,6} /.test(lines[at] ?? "")) imported = new Set();
    if (opening?.groups === undefined) continue;
    const { indent = "", fence = "", info = "" } = opening.groups;
    const end = lines.findIndex((line, index) => index > at && closes(line, fence));
    if (end === -1) {
      problems.push({ line: at + 1, message: "this code block is never closed" });
      text.push(...lines.slice(at + 1));
      break;
    }
    const sample = lines.slice(at + 1, end).map((line) => line.replace(indent, ""));
    const { content, problem } = judge(info, sample.join("\n"), read, imported);
    if (problem !== undefined) problems.push({ line: at + 1, ...problem });
    text.push(...content.split("\n").map((line) => (line === "" ? "" : indent + line)));
    text.push(lines[end] ?? "");
    at = end;
  }
  return { text: text.join("\n"), problems };
}

function closes(line: string, fence: string): boolean {
  const trimmed = line.trim();
  return trimmed.startsWith(fence) && /^(`+|~+)$/.test(trimmed);
}

function judge(
  info: string,
  sample: string,
  read: (path: string) => string | undefined,
  imported: Set<string>,
): { content: string; problem?: Omit<Problem, "line"> } {
  const language = info.trim().split(/[\s{]/)[0]?.toLowerCase() ?? "";
  const source = /\bsource="(?<path>[^"#]+)(?:#(?<region>[^"]+))?"/.exec(info)?.groups;
  if (source === undefined) {
    if (!checked.has(language)) return { content: sample };
    const message = `this ${language} sample names no source="path#region"`;
    return { content: sample, problem: { message } };
  }
  const { path = "", region } = source;
  const file = read(path);
  if (file === undefined) {
    return { content: sample, problem: { message: `${path} does not exist` } };
  }
  const body = region === undefined ? file.trimEnd() : regionOf(file, region);
  if (body === undefined) {
    return { content: sample, problem: { message: `${path} has no region ${region}` } };
  }
  const expected = TYPESCRIPT.has(language) ? importsFor(file, body, imported) + body : body;
  if (expected === sample) return { content: sample };
  const message = `this sample is not what ${path}${region === undefined ? "" : `#${region}`} says`;
  return { content: expected, problem: { message, fixable: true } };
}

/** The lines between `// #region name` and `// #endregion`, moved to the left edge, without markers. */
export function regionOf(file: string, name: string): string | undefined {
  const region: string[] = [];
  let depth = 0;
  for (const line of file.split("\n")) {
    const marker = /^\s*(?:\/\/|#)\s*#(?<kind>region|endregion)\b\s*(?<name>.*?)\s*$/.exec(line);
    if (marker?.groups === undefined) {
      if (depth > 0) region.push(line);
    } else if (depth > 0) {
      depth += marker.groups["kind"] === "region" ? 1 : -1;
      if (depth === 0) return dedent(region);
    } else if (marker.groups["kind"] === "region" && marker.groups["name"] === name) {
      depth = 1;
    }
  }
  return undefined;
}

function dedent(lines: readonly string[]): string {
  const indents = lines.filter((line) => line.trim() !== "").map((line) => line.search(/\S/));
  const left = Math.min(...indents);
  const moved = lines.map((line) => line.slice(left).trimEnd());
  return moved.join("\n").replace(/^\n+/, "").trimEnd();
}
