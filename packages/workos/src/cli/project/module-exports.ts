import { findClosing, readObjectLiteral, type ObjectLiteral } from "./object-literal.js";
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
 * Runs nothing. What would have to be evaluated or looked for in another file is refused.
 */
export function readModuleExports(source: string): ModuleExports {
  const tokens = tokenize(source);
  if (tokens === undefined) return unreadable("a template literal in it does not end");
  let hasDefault = false;
  let metadata: ObjectLiteral | undefined;
  for (const [index, token] of tokens.entries()) {
    const before = tokens[index - 1];
    if (token.kind !== "word" || token.text !== "export" || before?.text === ".") continue;
    const [next, name] = tokens.slice(index + 1, index + 3);
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
    metadata = read;
  }
  return { kind: "read", hasDefault, metadata };
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

/** The object literal after the equals sign of a declaration, whose type may come first. */
function readInitializer(tokens: readonly Token[], from: number): ObjectLiteral | undefined {
  for (let index = from; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token?.kind !== "other") continue;
    if ("{[(".includes(token.text)) index = findClosing(tokens, index) ?? tokens.length;
    if (token.text === "=" && tokens[index + 1]?.text !== ">") {
      return readObjectLiteral(tokens, index + 1);
    }
  }
  return undefined;
}
