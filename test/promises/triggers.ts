/** Words that promise for all cases. "any" and "all" are left out: they mostly join ("any of", "all in one"). */
const ABSOLUTE =
  /\b(?:never|nothing|nobody|no one|none|nowhere|every|everything|everybody|everyone|everywhere|always|in no case|without exception)\b/i;

const NUMBER = String.raw`(?:\d[\d,.]*|one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|fifty|a hundred|half a)`;

/** A number with a unit of time, size or count: a duration, a size or a limit. */
const MEASURE = new RegExp(
  String.raw`\b${NUMBER}(?:st|nd|th)?[ -](?:more |different |latest )?(?:ms|µs|s|milliseconds?|seconds?|minutes?|hours?|days?|weeks?|months?|bits?|bytes?|KB|KiB|MB|MiB|GB|%|percent|characters?|code points?|letters?|entries|entry|keys?|times|messages?|calls?|checks?|names?|events?|streams?|requests?|tokens?|users?|people|organizations?|clients?|answers?|points?|rounds?|letters|lines?|slots?|members?|retries|retry|challenges|devices?|methods?|tools?|pages?|instances?|documents?|validations?|forms?|arguments?|fetch|fetches)\b`,
  "i",
);

/** A number behind words that make it a bound. */
const BOUND = new RegExp(
  String.raw`\b(?:at most|at least|up to|more than|no more than|less than|fewer than|longer than|within|over|under|above|below) ${NUMBER}\b`,
  "i",
);

/** Tells whether a sentence states something for all cases, or a limit, duration or size. */
export function isPromise(sentence: string): boolean {
  return [ABSOLUTE, MEASURE, BOUND].some((trigger) => trigger.test(sentence));
}
