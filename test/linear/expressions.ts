import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { growth, isWorseThanLinear } from "./growth.js";

/** A regular expression of a source file. */
export interface Expression {
  readonly file: string;
  readonly text: string;
  /** Undefined where the source builds the expression from a variable. */
  readonly pattern: RegExp | undefined;
}

/** Finds every regular expression of the packages' sources: literals, and what `RegExp` is called with. */
export function findExpressions(root: string): readonly Expression[] {
  const found: Expression[] = [];
  for (const file of globSync("packages/*/src/**/*.ts", { cwd: root }).toSorted()) {
    for (const expression of expressionsIn(readFileSync(join(root, file), "utf8"))) {
      found.push({ file, ...expression });
    }
  }
  return found;
}

/** Finds every regular expression in one file's source. */
export function expressionsIn(source: string): readonly Omit<Expression, "file">[] {
  const found: Omit<Expression, "file">[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const { text } = node;
      const end = text.lastIndexOf("/");
      found.push({ text, pattern: new RegExp(text.slice(1, end), text.slice(end + 1)) });
    }
    if (
      (ts.isNewExpression(node) || ts.isCallExpression(node)) &&
      node.expression.getText() === "RegExp"
    ) {
      found.push({ text: node.getText(), pattern: undefined });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("source.ts", source, ts.ScriptTarget.Latest, true));
  return found;
}

/** What each kind of escape matches, one character that stands for all. */
const ESCAPED: Readonly<Record<string, string>> = {
  d: "0",
  w: "a",
  s: " ",
  n: "\n",
  r: "\r",
  t: "\t",
  D: "a",
  W: " ",
  S: "a",
};
const ONE_TOKEN =
  /\\x([0-9a-f]{2})|\\u\{?([0-9a-f]{4})\}?|\\[pP]\{[^}]*\}|\\(.)|\[(?:\\.|[^\]\\])*\]|\(\?(?:[:=!]|<[=!]|<\w+>)|[*+?]\??|\{\d+(?:,\d*)?\}\??|[\s\S]/gi;

/** Reads an expression as a list of texts that its parts match; quantifiers and groups are left out. */
function samplesOf(source: string): readonly string[] {
  const samples: string[] = [];
  for (const [token, hex, unicode, escape] of source.matchAll(ONE_TOKEN)) {
    const code = hex ?? unicode;
    if (code !== undefined) samples.push(String.fromCharCode(Number.parseInt(code, 16)));
    else if (/^\\p/i.test(token)) samples.push("\u0085");
    else if (escape !== undefined && !/[bB1-9]/.test(escape)) {
      samples.push(ESCAPED[escape] ?? escape);
    } else if (token.startsWith("[") && token.length > 1) samples.push(...membersOf(token));
    else if (token === ".") samples.push("a");
    else if (!/^(?:[()|^$]|\(\?.*|[*+?]\??|\{\d.*)$/.test(token)) samples.push(token);
  }
  return samples;
}

/** A few characters that a class matches: of a negated one, one that it does not name. */
function membersOf(characterClass: string): readonly string[] {
  const pattern = new RegExp(characterClass, characterClass.includes("\\p") ? "u" : "");
  return ["a", "A", "0", "-", "/", " ", "_", ".", "*", "\u0001", "\u00e9"]
    .filter((character) => pattern.test(character))
    .slice(0, 3);
}

const SUFFIXES = ["", "x", "\u0000"];

/** Makes hostile inputs for an expression: a beginning that fits, a run of a part of it, and an end that does not. */
function inputsFor({ source }: RegExp): readonly ((length: number) => string)[] {
  const samples = samplesOf(source);
  const beginnings = new Set(["", ...samples.map((_, at) => samples.slice(0, at + 1).join(""))]);
  const runs = new Set(["/", " ", "a", "*", "\n"]);
  for (let at = 0; at < samples.length; at += 1) {
    for (const size of [1, 2, 3]) runs.add(samples.slice(at, at + size).join(""));
  }
  return [...beginnings].flatMap((beginning) =>
    [...runs].flatMap((run) =>
      SUFFIXES.map(
        (suffix) =>
          (length: number): string =>
            beginning + run.repeat(Math.ceil(length / run.length)) + suffix,
      ),
    ),
  );
}

/** Tells whether an expression does more than linear work on any of its hostile inputs. */
export function findHostileInput(pattern: RegExp): string | undefined {
  const work = (input: string): void => {
    input.replace(pattern, "");
  };
  for (const inputOf of inputsFor(pattern)) {
    // What doubles with each character would not end at the length below.
    const isExponential = growth(work, inputOf, 6, 1) > 500 && growth(work, inputOf, 6, 3) > 500;
    if (isExponential || isWorseThanLinear(work, inputOf, 1_000)) return inputOf(12);
  }
  return undefined;
}
