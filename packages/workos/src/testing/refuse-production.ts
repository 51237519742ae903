import { problemAt, type Problem } from "../errors.js";

/** The URL of this file where it was not bundled; bundlers that keep it compile for production by `NODE_ENV`. */
const OWN_FILE = /\/testing\/refuse-production\.[jt]s(\?|$)/;

/**
 * Finds what keeps a function for tests from running here: it makes up callers, so it must not be in production.
 *
 * @param name what the function is called, for the message.
 */
export function problemsOfProduction(name: string): readonly Problem[] {
  const problems: Problem[] = [];
  // oxlint-disable-next-line node/no-process-env -- written out, so that a bundler for production puts its value here
  if (process.env["NODE_ENV"] === "production") {
    problems.push(problemAt("NODE_ENV", `must not be production: ${name} is for tests`));
  }
  const { url } = import.meta as { readonly url?: string };
  if (url === undefined || !OWN_FILE.test(url)) {
    problems.push(
      problemAt(
        "@xmcp-dev/workos/testing",
        `must not be in a bundle: ${name} is for tests, which leave packages in node_modules`,
      ),
    );
  }
  return problems;
}
