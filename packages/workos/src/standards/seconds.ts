const WHOLE = new Intl.NumberFormat("en");

/**
 * Checks a number of seconds.
 *
 * @returns what is wrong with it, or undefined. A number that fits once it is taken for milliseconds, a second or more of them, is named as such.
 */
export function wrongSeconds(value: unknown, least: number, most: number): string | undefined {
  const isWithin = (seconds: number): boolean => seconds >= least && seconds <= most;
  if (typeof value === "number" && isWithin(value)) return undefined;
  const hint =
    typeof value === "number" && value >= 1000 && isWithin(value / 1000)
      ? `: are milliseconds meant? ${WHOLE.format(value)} ms are ${WHOLE.format(value / 1000)}`
      : "";
  return `must be a number of seconds from ${WHOLE.format(least)} to ${WHOLE.format(most)}${hint}`;
}
