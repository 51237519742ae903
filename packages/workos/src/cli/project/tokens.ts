/** A token of TypeScript source, without comments and white space. */
export interface Token {
  readonly kind: "word" | "string" | "other";
  /** Of a string its value, when it has one that is written out. */
  readonly text: string;
  /** Whether a string has parts or escapes that are not read. */
  readonly isOpaque?: true;
}

const WORD = /[\p{ID_Start}\p{ID_Continue}$_]+/uy;
const SPACE = /(?:\s|\/\/[^\n]*|\/\*(?:[^*]|\*(?!\/))*\*\/)+/y;
const STRING = /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'/y;
const EXPRESSION = /\/(?![*/])(?:[^\\/[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*\])+\//y;
const TEMPLATE_TEXT = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y;

/** After these words an expression begins, so that a slash does not divide and a quotation mark opens a string. */
const BEFORE_EXPRESSION = new Set(
  "return typeof case in of delete void throw new else do instanceof yield await as default from import".split(
    " ",
  ),
);

/** What only a tag has: a text with it, in a file with JSX, may be one that began between two tags. */
const TAG = /<[\p{ID_Start}/>]|\/>/u;
const EXPORT = /\b(?:export|metadata|default)\b/;

/**
 * Splits TypeScript or TSX source into tokens, so that comments and the insides of strings are not taken for code.
 *
 * Does NOT parse: where only a parser knows what a slash, or a quotation mark between JSX tags, begins, and it matters,
 * that is a doubt.
 *
 * @param doubt receives why the tokens may be wrong.
 * @param isTsx whether the source may have JSX.
 * @returns undefined when a template literal does not end.
 */
export function tokenize(
  source: string,
  doubt: (why: string) => void = () => undefined,
  isTsx = false,
): readonly Token[] | undefined {
  const tokens: Token[] = [];
  const doubtTags = (text: string): void => {
    if (isTsx && TAG.test(text))
      doubt("a quotation mark in it may stand in the text between two tags");
  };
  /** For each template literal that is open, how many braces are open in its substitution. */
  const templates: number[] = [];
  let at = 0;

  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(source)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };

  /** Takes the text of a template up to its end or its next substitution. */
  const takeTemplate = (isFirst: boolean): boolean => {
    const text = take(TEMPLATE_TEXT) ?? "";
    doubtTags(text);
    const isClosed = source[at] === "`";
    if (!isClosed && !source.startsWith("${", at)) return false;
    at += isClosed ? 1 : 2;
    if (isFirst) {
      const isOpaque = !isClosed || text.includes("\\");
      tokens.push({ kind: "string", text, ...(isOpaque ? { isOpaque: true } : {}) });
    }
    if (isClosed && !isFirst) templates.pop();
    if (!isClosed && isFirst) templates.push(0);
    return true;
  };

  while (at < source.length) {
    const space = take(SPACE);
    if (space !== undefined) {
      if (EXPORT.test(space)) doubtTags(space);
      continue;
    }
    const before = tokens.at(-1);
    const touchesWord = before?.kind === "word" && /[\w$]/.test(source[at - 1] ?? "");
    const word = take(WORD);
    if (word !== undefined) {
      tokens.push({ kind: "word", text: word });
      continue;
    }
    const letter = source[at] ?? "";
    // In text between JSX tags, such as "don't".
    const isApostrophe = touchesWord && !BEFORE_EXPRESSION.has(before.text);
    const string = isApostrophe ? undefined : take(STRING);
    if (string !== undefined) {
      doubtTags(string);
      const text = string.slice(1, -1);
      tokens.push({ kind: "string", text, ...(text.includes("\\") ? { isOpaque: true } : {}) });
      continue;
    }
    if (letter === "/" && mayDivideOrNot(tokens, isTsx) && isRisky(source, at)) {
      doubt("a slash in it may divide or begin a regular expression");
    }
    if (letter === "/" && startsExpression(before) && take(EXPRESSION) !== undefined) {
      tokens.push({ kind: "other", text: "/" });
      continue;
    }
    at += 1;
    if (letter === "`") {
      if (!takeTemplate(true)) return undefined;
      continue;
    }
    const open = templates.at(-1);
    if (open === 0 && letter === "}") {
      if (!takeTemplate(false)) return undefined;
      continue;
    }
    if (open !== undefined && letter === "{") templates[templates.length - 1] = open + 1;
    if (open !== undefined && letter === "}") templates[templates.length - 1] = open - 1;
    tokens.push({ kind: "other", text: letter });
  }
  return templates.length > 0 ? undefined : tokens;
}

/** Whether a slash after this token begins a regular expression. */
function startsExpression(before: Token | undefined): boolean {
  if (before === undefined) return true;
  if (before.kind === "word") return BEFORE_EXPRESSION.has(before.text);
  return before.kind === "other" && !")]}<".includes(before.text);
}

/** Whether only a parser knows what a slash after these tokens is: `if (a) /b/` and `(a) / b`, `a++ / b` and `+ /b/`. */
function mayDivideOrNot(tokens: readonly Token[], isTsx: boolean): boolean {
  const [last, before] = [tokens.at(-1), tokens.at(-2)];
  if (last?.kind !== "other") return false;
  switch (last.text) {
    case "+":
    case "-":
      return before?.text === last.text;
    case "!":
      // After a value it asserts that there is one, and elsewhere it negates.
      return before !== undefined && !startsExpression(before);
    case ">":
      return before?.text !== "=";
    case "<":
      return !isTsx;
    default:
      return ")}".includes(last.text);
  }
}

/** Whether what follows is read otherwise after a division than after a regular expression. */
function isRisky(source: string, at: number): boolean {
  EXPRESSION.lastIndex = at;
  const text = EXPRESSION.exec(source)?.[0];
  if (text === undefined) return false;
  const isOdd = (mark: string): boolean => text.split(mark).length % 2 === 0;
  const after = source[at + text.length] ?? "";
  return /`|\/[*/]/.test(text) || isOdd('"') || isOdd("'") || after === "/" || after === "*";
}
