/**
 * Removes what environment files and pastes leave around a value: blanks, one pair of quotation marks, and `\n` or `\r`
 * written out at the end. What remains can only have been meant one way.
 *
 * Does NOT look inside the value: see {@link isOneWord}.
 */
export function cleanSetting(text: string): string {
  let clean = text.trim();
  for (let before = ""; before !== clean;) {
    before = clean;
    const [first] = clean;
    if (clean.length > 1 && (first === '"' || first === "'") && clean.endsWith(first)) {
      clean = clean.slice(1, -1);
    }
    if (clean.endsWith("\\n") || clean.endsWith("\\r")) clean = clean.slice(0, -2);
    clean = clean.trim();
  }
  return clean;
}

/** Returns whether a value is free of blanks, control characters, backslashes and quotation marks, as URLs, hosts and secrets are. */
export function isOneWord(text: string): boolean {
  return !/[\s\p{Cc}\\"']/u.test(text);
}
