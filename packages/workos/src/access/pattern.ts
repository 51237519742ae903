/** A name, or a name with `*` for any run of characters; in a URI template `{…}` stands for `*`. */
export interface Pattern {
  /** The parts between the stars; one part only when there is no star. */
  readonly parts: readonly string[];
  /** Characters that are not stars: the more, the more a pattern says. */
  readonly literalLength: number;
}

/** Reads a pattern. Several stars in a row are one. Does NOT know ranges, `?` or escapes. */
export function parsePattern(
  text: string,
  { isTemplate = false }: { readonly isTemplate?: boolean } = {},
): Pattern {
  const starred = isTemplate ? text.replaceAll(/\{[^{}]*\}/g, "*") : text;
  const parts = starred.split(/\*+/);
  return { parts, literalLength: parts.reduce((sum, { length }) => sum + length, 0) };
}

export function isExact({ parts }: Pattern): boolean {
  return parts.length === 1;
}

/** The pattern as text, the same for all that match the same names. */
export function textOf({ parts }: Pattern): string {
  return parts.join("*");
}

/** Tells whether a name fits, in time linear in its length: each part is looked for once, from left to right. */
export function matches({ parts, literalLength }: Pattern, name: string): boolean {
  const [first = "", ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return name === first;
  if (name.length < literalLength || !name.startsWith(first) || !name.endsWith(last)) return false;
  const end = name.length - last.length;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return at <= end;
}

/** Tells whether any name fits both patterns. */
export function overlap(one: Pattern, other: Pattern): boolean {
  const [a, b] = [textOf(one), textOf(other)];
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
