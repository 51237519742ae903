import { comparable, comparableReading, uriReadings } from "../standards/uri.js";
import { parseUrl } from "../standards/url.js";
import { matches, parsePattern, type Pattern } from "./pattern.js";

/**
 * Parses a pattern for URIs: `*`, or an expression of a template (RFC 6570), stands for any run of characters.
 *
 * Percent-encoding and what it stands for are the same. Does NOT rewrite what a URL parser would: see
 * {@link isReachable}.
 */
export function parseUriPattern(text: string): Pattern {
  return parsePattern(comparable(starred(text)));
}

/** Returns whether a URI that fits a pattern can begin with a scheme, as every URI does (RFC 3986 §3.1). */
export function canHaveScheme({ prefix, text, isExact }: Pattern): boolean {
  if (isExact || prefix.includes(":")) return /^[a-z][\w+.-]*:/i.test(text);
  return /^([a-z][\w+.-]*)?$/i.test(prefix);
}

/** What may stand for the stars of a pattern, to see whether any URI fits it. */
const FILLINGS = ["x", "x/x", "/x", "//x/x", "81"];

/** Returns whether some URI fits a pattern in every form that a server may read it as. */
export function isReachable(pattern: Pattern): boolean {
  const { text } = pattern;
  const [first, ...rest] = text.split("*");
  const leads = first === "" && rest.length > 0 ? ["x", "x://x/x"] : [undefined];
  return leads.some((lead) =>
    FILLINGS.some((filling) => {
      const uri = lead === undefined ? text.replaceAll("*", filling) : lead + rest.join(filling);
      if (lead !== undefined && parseUrl(uri) === undefined) return false;
      return (
        uriReadings(uri)?.every((reading) => matches(pattern, comparableReading(reading))) === true
      );
    }),
  );
}

/** Returns how to write a pattern that is not reachable; undefined when that cannot be said. */
export function readableForm({ text }: Pattern): string | undefined {
  const form = expandForms(text)?.at(-1);
  return form !== undefined && isReachable(form) ? form.text : undefined;
}

/**
 * Parses a URI template as one pattern for each form that a server may read its URIs as, without the spelling that
 * no URL parser returns. None when it is no template that a server can have.
 */
export function parseTemplate(text: string): readonly Pattern[] {
  return expandForms(starred(text)) ?? [];
}

function starred(text: string): string {
  return text.replaceAll(/\{[^{}]*\}/g, "*");
}

/** Reads a pattern as URIs are read, with a word for each star. */
function expandForms(text: string): readonly Pattern[] | undefined {
  const pattern = text.replaceAll(/\*+/g, "*");
  let word = "anything";
  while (pattern.toLowerCase().includes(word)) word += "x";
  const filled = pattern.replaceAll("*", word);
  // A star in place of a port, or at the beginning, leaves no URL; then the text is what it is.
  const parsed = parseUrl(filled)?.href ?? filled;
  // What a parser adds to a host alone: the star may stand for a path.
  const uri = filled.endsWith(word) && parsed === `${filled}/` ? filled : parsed;
  const stars = pattern.split("*").length;
  const forms = uriReadings(uri)
    ?.map((reading) => parsePattern(comparable(reading).replaceAll(word, "*")))
    .filter((form) => form.text.split("*").length === stars);
  return forms?.length === 0 ? undefined : forms;
}
