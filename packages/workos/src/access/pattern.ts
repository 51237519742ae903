/** A name, or a name with `*` for any run of characters; in a URI template `{…}` stands for `*`. */
export interface Pattern {
  /** The same for all patterns that match the same names. */
  readonly text: string;
  /** A name and nothing else. */
  readonly isExact: boolean;
  /** Characters that are not stars: the more, the more a pattern says. */
  readonly literalLength: number;
  readonly prefix: string;
  /** What must be between, in this order. */
  readonly middle: readonly string[];
  readonly suffix: string;
}

/** Reads a pattern. Several stars in a row are one. Does NOT know ranges, `?` or escapes. */
export function parsePattern(
  given: string,
  { isTemplate = false }: { readonly isTemplate?: boolean } = {},
): Pattern {
  const starred = isTemplate ? given.replaceAll(/\{[^{}]*\}/g, "*") : given;
  const text = starred.replaceAll(/\*+/g, "*");
  const [prefix = "", ...middle] = text.split("*");
  const isExact = middle.length === 0;
  const suffix = middle.pop() ?? "";
  const literalLength = text.replaceAll("*", "").length;
  return Object.freeze({ text, isExact, literalLength, prefix, middle, suffix });
}

/** Tells whether a name fits, looking once for each part, from left to right. */
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

/** Tells whether any name fits both patterns. */
export function overlap(one: Pattern, other: Pattern): boolean {
  const [a, b] = [one.text, other.text];
  // The set of prefixes of `b` that the prefix of `a` read so far may have used up.
  let reachable = closure(new Set([0]), b);
  for (const symbol of a) {
    const next = new Set<number>();
    for (const at of reachable) {
      if (symbol === "*") {
        for (let further = at; further <= b.length; further += 1) next.add(further);
      } else if (b[at] === "*") next.add(at);
      else if (b[at] === symbol) next.add(at + 1);
    }
    reachable = closure(next, b);
  }
  return reachable.has(b.length);
}

/** A star may stand for nothing. */
function closure(positions: Set<number>, text: string): Set<number> {
  for (const at of positions) if (text[at] === "*") positions.add(at + 1);
  return positions;
}
