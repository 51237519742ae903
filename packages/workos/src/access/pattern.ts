/** A name, or a name with `*` for any run of characters. */
export interface Pattern {
  /** The same for all patterns that match the same names. */
  readonly text: string;
  /** A name and nothing else. */
  readonly isExact: boolean;
  /** Characters that are not stars: the more, the more specific a pattern is. */
  readonly literalLength: number;
  readonly prefix: string;
  /** What must be between, in this order. */
  readonly middle: readonly string[];
  readonly suffix: string;
}

/** Reads a pattern. Several stars in a row are one. Does NOT know ranges, `?` or escapes. */
export function parsePattern(given: string): Pattern {
  const text = given.replaceAll(/\*+/g, "*");
  const [prefix = "", ...middle] = text.split("*");
  const isExact = middle.length === 0;
  const suffix = middle.pop() ?? "";
  const literalLength = text.replaceAll("*", "").length;
  return Object.freeze({ text, isExact, literalLength, prefix, middle, suffix });
}

/** Returns whether a name fits, looking once for each part, from left to right. */
export function matches(pattern: Pattern, name: string): boolean {
  const { text, isExact, literalLength, prefix, middle, suffix } = pattern;
  if (isExact) return name === text;
  if (name.length < literalLength || !name.startsWith(prefix) || !name.endsWith(suffix)) {
    return false;
  }
  const end = name.length - suffix.length;
  let at = prefix.length;
  for (const part of middle) {
    const found = name.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** Returns whether any name fits both patterns, in as many steps as the product of their lengths. */
export function overlap(one: Pattern, other: Pattern): boolean {
  if (!begins(one.prefix, other.prefix) || !ends(one.suffix, other.suffix)) return false;
  const [a, b] = [one.text, other.text];
  // At each place: whether some name fits the part of `a` read so far and the part of `b` up to there.
  let row = [true];
  for (let at = 1; at <= b.length; at += 1) row.push(row[at - 1] === true && b[at - 1] === "*");
  for (let read = 0; read < a.length; read += 1) {
    const next = [row[0] === true && a[read] === "*"];
    for (let at = 1; at <= b.length; at += 1) {
      const isStar = a[read] === "*" || b[at - 1] === "*";
      // A star stands for nothing, or takes one more symbol of the other pattern.
      next.push(
        isStar
          ? row[at] === true || next[at - 1] === true
          : row[at - 1] === true && a[read] === b[at - 1],
      );
    }
    row = next;
  }
  return row[b.length] === true;
}

/** Most pairs of patterns differ in their first letters or their last. */
function begins(one: string, other: string): boolean {
  return one.startsWith(other) || other.startsWith(one);
}

function ends(one: string, other: string): boolean {
  return one.endsWith(other) || other.endsWith(one);
}
