import type { Sentence } from "./sentences.js";

/** A test that fails when the sentence is untrue. */
export interface Proof {
  readonly file: string;
  /** As the file spells it: `%s`, `$name` and `${name}` of a template stay. */
  readonly title: string;
}

/** Why a sentence with a promise's words promises nothing of this repository's. */
export type Kind =
  /** Says what a word, an option or a type means, or how the page is organized. */
  | "definition"
  /** Says what the reader should do. */
  | "instruction"
  /** States how WorkOS, Node, xmcp or another's software behaves; the reason names the source. */
  | "fact";

export type Entry =
  | { readonly tests: readonly Proof[] }
  | { readonly kind: Kind; readonly reason: string };

/** The entries of each document, by sentence. */
export type Manifest = Readonly<Record<string, Readonly<Record<string, Entry>>>>;

const KINDS: ReadonlySet<string> = new Set(["definition", "instruction", "fact"] satisfies Kind[]);

/**
 * Lists what is missing, stale or untrue in a manifest.
 *
 * Does NOT check that a test proves its sentence: its author reads the test.
 *
 * @param promises The promises of each document.
 * @param getTitles Returns the titles of a test file's tests, or `undefined` when there is no such file.
 */
export function findProblems(
  manifest: Manifest,
  promises: Readonly<Record<string, readonly Sentence[]>>,
  getTitles: (file: string) => readonly string[] | undefined,
): string[] {
  const problems: string[] = [];
  for (const [document, sentences] of Object.entries(promises)) {
    for (const { text, line } of sentences) {
      const entry = manifest[document]?.[text];
      if (entry === undefined) problems.push(describeMissing(document, line, text));
      else {
        for (const fault of findFaults(entry, getTitles)) {
          problems.push(`${document}:${line} "${text}": ${fault}`);
        }
      }
    }
  }
  for (const [document, entries] of Object.entries(manifest)) {
    const texts = new Set(promises[document]?.map(({ text }) => text));
    for (const text of Object.keys(entries)) {
      if (!texts.has(text)) {
        problems.push(`stale: "${document}" has no such promise any more, remove it: "${text}"`);
      }
    }
  }
  return problems;
}

/** Describes what to add for a sentence, ready to be copied. */
function describeMissing(document: string, line: number, text: string): string {
  return [
    `${document}:${line} promises something, and no test is named beside it.`,
    `Reword it, or add to "${document}" in test/promises/promises.json one of these:`,
    `  ${JSON.stringify(text)}: { "tests": [{ "file": "…/x.test.ts", "title": "…" }] },`,
    `  ${JSON.stringify(text)}: { "kind": "${[...KINDS].join("|")}", "reason": "…" },`,
  ].join("\n");
}

function findFaults(
  entry: Entry,
  getTitles: (file: string) => readonly string[] | undefined,
): string[] {
  if ("kind" in entry) {
    return [
      ...(KINDS.has(entry.kind) ? [] : [`has the unknown kind ${entry.kind}`]),
      ...(entry.reason?.trim() ? [] : ["has no reason"]),
      ...("tests" in entry ? ["has a kind and tests"] : []),
    ];
  }
  if (!Array.isArray(entry.tests) || entry.tests.length === 0) return ["names no test"];
  return entry.tests.flatMap(({ file, title }: Proof) => {
    const titles = getTitles(file);
    if (titles === undefined) return [`${file} is not there`];
    return titles.includes(title) ? [] : [`${file} has no test "${title}" (or it is skipped)`];
  });
}
