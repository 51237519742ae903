const MAX_LISTED_NAMES = 20;
const MAX_COMPARED_CHARACTERS = 100;

/** Adds what helps with an unknown name: the nearest known one, and the known ones. */
export function suggest(name: string, known: readonly string[]): string {
  const nearest = findNearest(name, known);
  const listed = known.slice(0, MAX_LISTED_NAMES).join(", ");
  const rest = known.length - MAX_LISTED_NAMES;
  return [
    ...(nearest === undefined ? [] : [` Did you mean ${nearest}?`]),
    known.length === 0
      ? " There is none."
      : ` Known: ${listed}${rest > 0 ? ` and ${rest} more` : ""}.`,
  ].join("");
}

/** Finds the known name that a misspelt, shortened or longer one was likely meant to be. */
export function findNearest(name: string, known: readonly string[]): string | undefined {
  const text = normalize(name);
  const limit = Math.max(1, Math.floor(text.length / 3));
  const [best] = known
    .map((candidate) => ({ candidate, distance: distanceBetween(text, normalize(candidate)) }))
    .toSorted((left, right) => left.distance - right.distance);
  return best !== undefined && best.distance <= limit ? best.candidate : undefined;
}

/** Takes away what does not tell names apart: case, and quotes and braces around them. */
function normalize(name: string): string {
  return name
    .slice(0, MAX_COMPARED_CHARACTERS)
    .toLowerCase()
    .replace(/[{}" ]/gu, "");
}

/**
 * Counts the edits from one text to the other (optimal string alignment): insert, remove, replace, swap two neighbours.
 *
 * A text that continues the other is a single edit away.
 */
function distanceBetween(left: string, right: string): number {
  const [short, long] = left.length < right.length ? [left, right] : [right, left];
  if (short.length >= 4 && long.startsWith(short)) return Math.min(1, long.length - short.length);
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const isSame = left[i - 1] === right[j - 1];
      const isSwap = left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1];
      next.push(
        Math.min(
          (row[j - 1] ?? 0) + (isSame ? 0 : 1),
          (row[j] ?? 0) + 1,
          (next[j - 1] ?? 0) + 1,
          isSwap ? (before[j - 2] ?? Infinity) + 1 : Infinity,
        ),
      );
    }
    before = row;
    row = next;
  }
  return row.at(-1) ?? 0;
}
