/** Words that promise for all cases. "any", "all", "no" and "only" are left out: most of their sentences promise nothing. */
const ABSOLUTE =
  /\b(?:never|no(?:thing|body| one|ne|where)|every|everything|everybody|everyone|everywhere|always|at all times|in no case|without exception|for ever|forever)\b/i;

/** A table's cell that has nothing but such a word is a default or a gap, and no promise. */
const BARE_CELL = /^(?:none|nothing|never|always)$/i;

const NUMBER = String.raw`(?:\d[\d,.]*|one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|fifty|a hundred|a thousand|half a)`;

const UNIT = [
  "ms|µs|s|milliseconds?|seconds?|minutes?|hours?|days?|weeks?|months?",
  "bits?|bytes?|KB|KiB|MB|MiB|GB|%|percent|characters?|code points?|letters?|lines?",
  "times|points?|rounds?|entries|entry|slots?|members?|retries|retry|attempts?|fetch(?:es)?",
  "messages?|calls?|checks?|names?|events?|streams?|requests?|answers?|pages?|validations?|questions?",
  "keys?|tokens?|users?|people|organizations?|clients?|challenges|devices?|removals?|removal",
  "methods?|tools?|instances?|documents?|forms?|arguments?",
].join("|");

/** A number with a unit of time, size or count: a duration, a size or a limit. */
const MEASURE = new RegExp(
  String.raw`\b${NUMBER}[ -](?:more |different |latest |first )?(?:${UNIT})\b`,
  "i",
);

/** A number behind words that make it a bound. */
const BOUND = new RegExp(
  String.raw`\b(?:at most|at least|up to|(?:no )?(?:more|less|fewer|longer|later) than|within|over|under|above|below) ${NUMBER}\b`,
  "i",
);

/** A number this large is a limit even without a unit. */
const THOUSANDS = /\b\d{1,3}(?:,\d{3})+\b/;

/** Checks whether a sentence states something for all cases, or a limit, duration or size. */
export function isPromise(sentence: string): boolean {
  // A cell's promise is its own; the row's first cell is a sentence besides.
  const [own = ""] = sentence.split(" | ").slice(-1);
  return (
    !BARE_CELL.test(own) &&
    [ABSOLUTE, MEASURE, BOUND, THOUSANDS].some((trigger) => trigger.test(own))
  );
}
