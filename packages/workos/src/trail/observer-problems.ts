/** What is wrong with the options of the trail, one sentence for each mistake. */
export function observerProblems({
  observers = [],
  keepArguments = {},
}: {
  readonly observers?: unknown;
  readonly keepArguments?: unknown;
}): string[] {
  const problems: string[] = [];
  if (!Array.isArray(observers) || !observers.every((one) => typeof one === "function")) {
    problems.push("observers must be a list of observers, such as logs()");
  }
  const isNames = (names: unknown): boolean =>
    Array.isArray(names) && names.every((name) => typeof name === "string");
  if (
    typeof keepArguments !== "object" ||
    keepArguments === null ||
    !Object.values(keepArguments).every(isNames)
  ) {
    problems.push('keepArguments must name arguments by tool: { refund: ["id"] }');
  }
  return problems;
}
