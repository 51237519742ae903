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
    if (key.kind === "other" || key.isOpaque === true) {
      isOpen = true;
      for (const name of members.keys()) members.set(name, COMPUTED);
    } else if (rest[0]?.text === ":") members.set(key.text, readValue(rest.slice(1)));
    // A shorthand, a method, or a modifier such as get before the name.
    else members.set(rest[0]?.kind === "word" ? rest[0].text : key.text, COMPUTED);
  }
  return { members, isOpen };
}

function readValue(tokens: readonly Token[]): Literal {
  const [first, next] = tokens;
  if (first === undefined) return COMPUTED;
  const end = first.text === "{" && first.kind === "other" ? findClosing(tokens, 0) : 0;
  if (end === undefined) return COMPUTED;
  const after = end === 0 ? next : tokens[end + 1];
  const isWhole = after === undefined || after.text === "as" || after.text === "satisfies";
  if (!isWhole) return COMPUTED;
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
