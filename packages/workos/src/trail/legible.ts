/** What most texts are: nothing in them needs a second look. */
const PLAIN = /^[\x20-\x7e]*$/;

/**
 * What could make a line say something else than it holds: control characters (line breaks, the ESC of a
 * terminal's sequences), format characters (those that turn the direction of writing, or cannot be seen), the
 * separators of lines and paragraphs, and halves of surrogate pairs.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/**
 * What looks like a JWT, whole or cut, or like a secret key of WorkOS: a caller may put one into a URI or its
 * User-Agent. Begins where a word begins, so that a long text is looked through once.
 */
const CREDENTIAL =
  /(?<![\w-])(?:eyJ[\w-]{10,}\.[\w.-]*|sk_(?:live_|test_)?[A-Za-z0-9]{20,}(?![\w-]))/g;

function withoutCredentials(text: string): string {
  return text.includes("eyJ") || text.includes("sk_")
    ? text.replaceAll(CREDENTIAL, "[credential]")
    : text;
}

/** The longest text that an event holds, as long as WorkOS Audit Logs take it. */
const LONGEST = 500;

/**
 * A text that came with a request, fit for an event: as it was written, in whatever language, cut to 500
 * characters, with what could hide something written as `\uXXXX`, and `[credential]` for what looks like a JWT or a key
 * of WorkOS.
 *
 * Does NOT double backslashes, so it cannot be read back; it is for people, and for comparing.
 */
export function legible(given: string): string {
  const text = withoutCredentials(given);
  if (text.length <= LONGEST && PLAIN.test(text)) return text;
  return fitting(text.slice(0, LONGEST), LONGEST).join("");
}

/**
 * A name that came with a request, fit for an event: as {@link legible} has it, but one that is too long keeps both its
 * ends, with `...` between them, so that padding at either end does not hide the other.
 */
export function legibleName(given: string, longest: number = LONGEST): string {
  const text = withoutCredentials(given);
  if (text.length <= longest) {
    const whole = PLAIN.test(text) ? text : oneLine(text);
    if (whole.length <= longest) return whole;
  }
  const room = longest - GAP.length;
  const head = Math.ceil(room / 2);
  const tail = room - head;
  const last = Array.from(text.slice(-tail)).toReversed();
  return [...fitting(text.slice(0, head), head), GAP, ...fitting(last, tail).toReversed()].join("");
}

/** Stands for what is left out of a name. */
const GAP = "...";

/** The characters, escaped where they hide something, for as long as there is room. */
function fitting(characters: Iterable<string>, room: number): string[] {
  const shown: string[] = [];
  let left = room;
  for (const character of characters) {
    const next = HIDDEN.test(character) ? escaped(character) : character;
    // An escape that is cut would be a text of its own.
    if (next.length > left) break;
    left -= next.length;
    shown.push(next);
  }
  return shown;
}

/** One line of a log with nothing in it that could end it early or paint over it. */
export function oneLine(text: string): string {
  return PLAIN.test(text) ? text : text.replaceAll(EVERY_HIDDEN, escaped);
}

const EVERY_HIDDEN = new RegExp(HIDDEN, "gu");

/** As JSON escapes it: one `\uXXXX` for each code unit. */
function escaped(character: string): string {
  return character
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}
