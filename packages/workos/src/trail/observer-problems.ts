/** What is wrong with the options of the trail, one sentence for each mistake. */
export function observerProblems({
  observers = [],
  keepArguments = {},
  proxies = 0,
}: {
  readonly observers?: unknown;
  readonly keepArguments?: unknown;
  readonly proxies?: unknown;
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
  if (!Number.isInteger(proxies) || Number(proxies) < 0) {
    problems.push("proxies must be how many of your own proxies a request passes, such as 1");
  }
  return problems;
}
