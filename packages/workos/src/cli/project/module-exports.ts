import {
  findClosing,
  readObjectLiteral,
  skipAssertions,
  type ObjectLiteral,
} from "./object-literal.js";
import { tokenize, type Token } from "./tokens.js";

/** What a module exports, as far as xmcp registers something by it. */
export type ModuleExports =
  | {
      readonly kind: "read";
      readonly hasDefault: boolean;
      /** Undefined when the module exports no `metadata`. */
      readonly metadata: ObjectLiteral | undefined;
    }
  /** Why it cannot be read without running the module. */
  | { readonly kind: "unreadable"; readonly problem: string };

/**
 * Reads from a module's source what xmcp would find in it: a default export, and `metadata` as an object literal.
 *
 * Runs nothing. What would have to be evaluated or looked for in another file is refused, and so is a source of which
 * it is not certain what is code in it, or whether `metadata` is changed later.
 *
 * @param isTsx whether the source may have JSX.
 */
export function readModuleExports(source: string, isTsx = false): ModuleExports {
  const doubts: string[] = [];
  const tokens = tokenize(source, (why) => doubts.push(why), isTsx);
  if (tokens === undefined) return unreadable("a template literal in it does not end");
  if (tokens.some(({ kind, text }) => kind === "other" && text === "\\")) {
    doubts.push("a name in it is written with an escape");
  }
  if (doubts[0] !== undefined) return unreadable(doubts[0]);
  let hasDefault = false;
  let metadata: ObjectLiteral | undefined;
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    const { kind, text } = token;
    const [before, next, name] = [tokens[index - 1], tokens[index + 1], tokens[index + 2]];
    if (kind === "other" && "{[(".includes(text)) depth += 1;
    if (kind === "other" && "}])".includes(text)) depth -= 1;
    if (kind !== "word" || text !== "export" || before?.text === "." || next?.text === ":")
      continue;
    if (depth !== 0) return unreadable("it exports from inside a block");
    if (next?.text === "default") hasDefault = true;
    if (next?.text === "*" && name?.text === "from") {
      return unreadable("it exports all of another file (export *)");
    }
    if (next?.text === "{") {
      const listed = exportedNames(tokens, index + 1);
      if (listed.includes("metadata")) return unreadable("metadata is exported in a list");
      hasDefault ||= listed.includes("default");
    }
    if (!["const", "let", "var"].includes(next?.text ?? "")) continue;
    if (name?.text !== "metadata") {
      if (declaresMetadata(tokens, index + 2)) {
        return unreadable("metadata is declared together with something else");
      }
      continue;
    }
    const read = readInitializer(tokens, index + 3);
    if (read === undefined) return unreadable("metadata is no object literal");
    if (usesOf(tokens, "metadata") > 1) {
      return unreadable("metadata is also used elsewhere in it, which may change it");
    }
    metadata = read;
  }
  if (metadata === undefined && exportsName(tokens, "metadata")) {
    return unreadable("metadata is no object literal");
  }
  return { kind: "read", hasDefault, metadata };
}

/** How often a name is used as a variable, but for `typeof name` and members of that name. */
function usesOf(tokens: readonly Token[], name: string): number {
  return tokens.filter(({ kind, text }, index) => {
    const [earlier, before, after] = [tokens[index - 2], tokens[index - 1], tokens[index + 1]];
    if (kind !== "word" || text !== name || before?.text === "typeof") return false;
    const isMember = before?.text === "." && earlier?.text !== ".";
    const isKey = after?.text === ":" && (before?.text === "{" || before?.text === ",");
    return !isMember && !isKey;
  }).length;
}

/** Whether a name is exported by a declaration of another kind, such as a function. */
function exportsName(tokens: readonly Token[], name: string): boolean {
  return tokens.some(
    ({ kind, text }, index) =>
      kind === "word" &&
      text === "export" &&
      ["function", "class", "enum", "namespace", "import", "async", "abstract", "*"].includes(
        tokens[index + 1]?.text ?? "",
      ) &&
      tokens.slice(index + 2, index + 5).some((one) => one.text === name),
  );
}

function unreadable(problem: string): ModuleExports {
  return { kind: "unreadable", problem };
}

/** The names that `export { one, other as name }` gives. */
function exportedNames(tokens: readonly Token[], from: number): readonly string[] {
  const end = findClosing(tokens, from) ?? tokens.length;
  const inside = tokens.slice(from + 1, end);
  return inside.flatMap(({ text }, index) =>
    inside[index + 1] === undefined || inside[index + 1]?.text === "," ? [text] : [],
  );
}

/** Whether a declaration that does not begin with `metadata` has it further on, or takes it out of an object. */
function declaresMetadata(tokens: readonly Token[], from: number): boolean {
  for (let index = from; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token?.kind === "word" && ["export", "import"].includes(token.text)) return false;
    if (token?.kind !== "other") continue;
    if (token.text === ";") return false;
    if (token.text === "," && tokens[index + 1]?.text === "metadata") return true;
    if ("{[(".includes(token.text)) {
      const end = findClosing(tokens, index) ?? tokens.length;
      const isPattern = index === from;
      if (isPattern && tokens.slice(index, end).some(({ text }) => text === "metadata"))
        return true;
      index = end;
    }
  }
  return false;
}

/** Words before which a declaration without a value has ended. */
const NEXT_STATEMENT = new Set(
  "const let var function class export interface type enum".split(" "),
);

/** The object literal after the equals sign of a declaration, whose type may come first, when it is the whole value. */
function readInitializer(tokens: readonly Token[], from: number): ObjectLiteral | undefined {
  for (let index = from; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token?.kind === "word" && NEXT_STATEMENT.has(token.text)) return undefined;
    if (token?.kind !== "other") continue;
    if (token.text === ";") return undefined;
    if ("{[(".includes(token.text)) index = findClosing(tokens, index) ?? tokens.length;
    if (token.text === "=" && tokens[index + 1]?.text !== ">") {
      const end = findClosing(tokens, index + 1);
      const isWhole = end !== undefined && endsStatement(tokens[skipAssertions(tokens, end + 1)]);
      return isWhole ? readObjectLiteral(tokens, index + 1) : undefined;
    }
  }
  return undefined;
}

/** Whether a statement ends before a token: other words than operators begin the next one. */
function endsStatement(next: Token | undefined): boolean {
  if (next === undefined) return true;
  if (next.kind === "other") return next.text === ";" || next.text === ",";
  return next.kind === "word" && !["as", "satisfies", "in", "instanceof"].includes(next.text);
}
