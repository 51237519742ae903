import { parseUrl } from "./url.js";

/** How often an encoding is taken off: a server that decodes twice is a mistake that exists, three times is none. */
const MAX_DECODINGS = 2;

/** More readings than any URI has that is no attack. */
const MAX_READINGS = 12;

/**
 * Lists every text that a server may read a URI as: as sent, as a URL parser writes it, without its fragment, and
 * each of these with its percent-encoding decoded, once and twice.
 *
 * Works in time linear in the length of the text. Does NOT compare Unicode forms, nor take off a query or a
 * trailing slash: those are part of what a URI names.
 *
 * @returns the readings in this order, the text as sent first; undefined when the text is encoded more than twice
 *   or has more than twelve readings, so that its name is uncertain.
 * @see RFC 3986 §6.2.2, §6.2.3, WHATWG URL
 */
export function uriReadings(text: string): readonly string[] | undefined {
  // Nearly every URI has one form.
  if (!/[%#]/.test(text) && (parseUrl(text)?.href ?? text) === text) return [text];
  const readings = new Set<string>();
  let level: readonly string[] = [text];
  for (let decodings = 0; decodings <= MAX_DECODINGS; decodings += 1) {
    for (const one of level) for (const spelling of uriSpellings(one)) readings.add(spelling);
    if (readings.size > MAX_READINGS) return undefined;
    level = [...readings].map(decodePercent).filter((decoded) => !readings.has(decoded));
    if (level.length === 0) return [...readings];
  }
  return undefined;
}

/**
 * Lists every path that a router may read a path as, in lower case, with no slash repeated and no query; undefined when
 * that is uncertain. See {@link uriReadings}.
 */
export function pathReadings(path: string): readonly string[] | undefined {
  return uriReadings(`${ORIGIN}${path}`)?.map((reading) =>
    (reading.split("?", 1)[0] ?? reading)
      .slice(ORIGIN.length)
      .replaceAll(/\/+/g, "/")
      .toLowerCase(),
  );
}

/** Writes a path as a URL parser does: without query and fragment, with plain slashes and no dot segment. */
export function canonicalPath(path: string): string {
  return parseUrl(`${ORIGIN}${path}`)?.pathname ?? path;
}

/** Returns whether a router could take the path for the endpoint, or for something below it. */
export function isUnder(path: string, endpoint: string): boolean {
  const below = endpoint.toLowerCase();
  const readings = pathReadings(path);
  return (
    endpoint === "/" ||
    readings === undefined ||
    readings.some(
      // A router may take what follows a semicolon for parameters (RFC 3986 §3.3).
      (one) => one === below || (/^[/%;]/.test(one.slice(below.length)) && one.startsWith(below)),
    )
  );
}

const ORIGIN = "http://host";

/** A text, the URI that a URL parser reads it as, and that URI without its fragment (RFC 3986 §3.5). */
function uriSpellings(text: string): readonly string[] {
  const parsed = parseUrl(text)?.href ?? text;
  return [text, parsed, parsed.split("#", 1)[0] ?? parsed];
}

/**
 * Writes a URI in the form that names are compared in: as a URL parser writes it, without percent-encoding, except
 * for what would be read differently without it. A text that is no URI is only decoded.
 */
export function canonicalUri(text: string): string {
  return comparable(parseUrl(text)?.href ?? text);
}

/** What keeps its encoding, beside control characters: delimiters of a URI, the star of patterns, the percent sign. */
const KEEPS_ENCODING = new Set("/\\?#*%\u007f");

/**
 * Decodes a text as far as that does not change what its characters delimit; spells what stays encoded in upper case.
 *
 * @see RFC 3986 §6.2.2.1, §6.2.2.2, §2.2
 */
export function comparable(text: string): string {
  return comparableBut(text, () => false);
}

function comparableBut(text: string, isKept: (character: string) => boolean): string {
  if (!text.includes("%")) return text;
  return decode(
    text.replaceAll(/%(?![0-9a-f]{2})/gi, "%25"),
    (character) => character >= " " && !KEEPS_ENCODING.has(character) && !isKept(character),
  );
}

/** What needs no encoding (RFC 3986 §2.3). */
const UNRESERVED = /^[A-Za-z0-9\-._~]$/;

/**
 * Writes one reading of a URI in the form that it is compared in: as {@link comparable} does, but an unreserved character
 * that is encoded stays so. Decoded it is a reading of its own, and a handler that does not decode reads this one.
 */
export function comparableReading(text: string): string {
  return comparableBut(text, (character) => UNRESERVED.test(character));
}

/** Decodes every percent-encoded character; what is no UTF-8 stays as it is. Never throws, as decodeURIComponent() does. */
export function decodePercent(text: string): string {
  return text.includes("%") ? decode(text, () => true) : text;
}

function decode(text: string, isDecoded: (character: string) => boolean): string {
  return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (run) => {
    const octets = run
      .slice(1)
      .split("%")
      .map((hex) => Number.parseInt(hex, 16));
    let decoded = "";
    for (let at = 0; at < octets.length;) {
      const character = characterAt(octets, at);
      const length = character === undefined ? 1 : lengthFrom(octets[at] ?? 0);
      decoded +=
        character !== undefined && isDecoded(character)
          ? character
          : run.slice(at * 3, (at + length) * 3).toUpperCase();
      at += length;
    }
    return decoded;
  });
}

/** The octets that a UTF-8 sequence with this first octet has; none that begins with any other (RFC 3629 §3). */
function lengthFrom(first: number): number {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (first >= 0xe0 && first <= 0xef) return 3;
  return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/** The least code point that needs a UTF-8 sequence of this length: a longer sequence for it is none. */
const LEAST = [0, 0, 0x80, 0x800, 0x1_0000];

function characterAt(octets: readonly number[], at: number): string | undefined {
  const first = octets[at] ?? 0;
  const length = lengthFrom(first);
  if (length === 0) return undefined;
  let point = length === 1 ? first : first & (0xff >> (length + 1));
  for (let next = 1; next < length; next += 1) {
    const octet = octets[at + next];
    if (octet === undefined || octet >> 6 !== 0b10) return undefined;
    point = (point << 6) | (octet & 0x3f);
  }
  const isSurrogate = point >= 0xd800 && point <= 0xdfff;
  const isCharacter = point >= (LEAST[length] ?? 0) && point <= 0x10_ffff && !isSurrogate;
  return isCharacter ? String.fromCodePoint(point) : undefined;
}
