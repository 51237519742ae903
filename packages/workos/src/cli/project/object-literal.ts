import type { Token } from "./tokens.js";

/** A member of an object literal, as far as it is written out. */
export type Literal =
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "object"; readonly value: ObjectLiteral }
  /** Anything that would have to be evaluated. */
  | { readonly kind: "computed" };

export interface ObjectLiteral {
  readonly members: ReadonlyMap<string, Literal>;
  /** Whether members come from elsewhere: a spread, or a computed name. */
  readonly isOpen: boolean;
}

const COMPUTED: Literal = { kind: "computed" };
const CLOSING: Readonly<Record<string, string>> = { "{": "}", "[": "]", "(": ")" };

/** Finds the token that closes the bracket at an index; undefined when none does. */
export function findClosing(tokens: readonly Token[], from: number): number | undefined {
  const open: string[] = [];
  for (let index = from; index < tokens.length; index += 1) {
    const { kind, text = "" } = tokens[index] ?? {};
    if (kind !== "other") continue;
    const closing = CLOSING[text];
    if (closing !== undefined) open.push(closing);
    else if (text === open.at(-1)) open.pop();
    if (open.length === 0) return index;
  }
  return undefined;
}

/**
 * Reads the object literal whose brace is at an index.
 *
 * A member that a later spread may replace counts as computed.
 *
 * @returns undefined when there is no object literal that ends.
 */
export function readObjectLiteral(
  tokens: readonly Token[],
  from: number,
): ObjectLiteral | undefined {
  const end = findClosing(tokens, from);
  if (tokens[from]?.text !== "{" || end === undefined) return undefined;
  const members = new Map<string, Literal>();
  let isOpen = false;
  for (const part of splitAtCommas(tokens.slice(from + 1, end))) {
    const [key, ...rest] = part;
    if (key === undefined) continue;
    const isValue = rest[0]?.text === ":" && rest[0].kind === "other";
    const name = memberName(key, rest);
    if (name === undefined) {
      isOpen = true;
      for (const one of members.keys()) members.set(one, COMPUTED);
    } else if (name === "__proto__" && isValue) isOpen = true;
    else members.set(name, isValue ? readValue(rest.slice(1)) : COMPUTED);
  }
  return { members, isOpen };
}

/** The name of a member: of a value, a shorthand, a method, or after a modifier such as get; else undefined. */
function memberName(key: Token, rest: readonly Token[]): string | undefined {
  if (key.kind === "other" || key.isOpaque === true) return undefined;
  const [first, second] = rest;
  if (first === undefined || (first.kind === "other" && ":(<".includes(first.text)))
    return key.text;
  const isModified = first.kind !== "other" && first.isOpaque !== true && second?.text === "(";
  return isModified ? first.text : undefined;
}

/**
 * Skips `as T` and `satisfies T`, as often as they come.
 *
 * @returns the index of the first token that belongs to neither.
 */
export function skipAssertions(tokens: readonly Token[], from: number): number {
  let at = from;
  while (tokens[at]?.text === "as" || tokens[at]?.text === "satisfies") {
    if (tokens[at]?.kind !== "word" || tokens[at + 1]?.kind !== "word") return at;
    at += 2;
    while (tokens[at]?.text === "." && tokens[at + 1]?.kind === "word") at += 2;
    while (tokens[at]?.text === "[" && tokens[at + 1]?.text === "]") at += 2;
  }
  return at;
}

function readValue(tokens: readonly Token[]): Literal {
  const [first] = tokens;
  if (first === undefined) return COMPUTED;
  const end = first.text === "{" && first.kind === "other" ? findClosing(tokens, 0) : 0;
  if (end === undefined) return COMPUTED;
  if (skipAssertions(tokens, end + 1) < tokens.length) return COMPUTED;
  if (first.kind === "string") {
    return first.isOpaque === true ? COMPUTED : { kind: "string", value: first.text };
  }
  if (first.kind === "word" && (first.text === "true" || first.text === "false")) {
    return { kind: "boolean", value: first.text === "true" };
  }
  const object = end === 0 ? undefined : readObjectLiteral(tokens, 0);
  return object === undefined ? COMPUTED : { kind: "object", value: object };
}

/** Splits the inside of a bracket at its own commas. */
function splitAtCommas(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const parts: Token[][] = [[]];
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token === undefined) break;
    if (token.kind === "other" && token.text === ",") {
      parts.push([]);
      continue;
    }
    const isOpening = token.kind === "other" && CLOSING[token.text] !== undefined;
    const end = isOpening ? (findClosing(tokens, index) ?? tokens.length - 1) : index;
    parts.at(-1)?.push(...tokens.slice(index, end + 1));
    index = end;
  }
  return parts;
}
