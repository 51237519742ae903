/** Words that leave open who acts, or name no technical act: a caller, a client or an operator has a name, and code fixes. */
const UNWANTED = /\b(?:nobody|whoever|somebody|anybody|mend(?:s|ed|ing|able)?)\b/gi;

/** Lists where a text has an unwanted word, as `file:line "word"`. */
export function findUnwantedWords(file: string, text: string): string[] {
  return text
    .split("\n")
    .flatMap((line, index) =>
      (line.match(UNWANTED) ?? []).map((word) => `${file}:${index + 1} "${word}"`),
    );
}
