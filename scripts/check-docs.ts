/**
 * Checks the documentation: every code sample is a region of a file that is compiled and run
 * elsewhere, and every link and anchor within the repository leads somewhere, on npm's page of a package too.
 * Every function that a package exports has an `@example`, which is such a region as well.
 *
 *   node scripts/check-docs.ts [--write] [folder]
 *
 * `--write` copies the samples anew from their sources.
 */
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkExamples } from "./docs/examples.ts";
import { brokenLinks } from "./docs/links.ts";
import { checkSnippets } from "./docs/snippets.ts";
import { readRepositoryUrl } from "./repository/address.ts";

const write = process.argv.includes("--write");
const root = process.argv.slice(2).find((argument) => !argument.startsWith("--")) ?? ".";
const site = { root, repository: readRepositoryUrl(root) };

const pages = globSync(
  ["*.md", ".github/*.md", "packages/*/*.md", "examples/*/*.md", "docs/**/*.md", "bench/**/*.md"],
  { cwd: root, exclude: ["**/node_modules/**", "**/CHANGELOG.md"] },
).toSorted();

const problems = pages.flatMap((page) => {
  const file = join(root, page);
  const markdown = readFileSync(file, "utf8");
  const { text, problems: stale } = checkSnippets(markdown, samplesOf(page));
  if (write && text !== markdown) writeFileSync(file, text);
  const found = [
    ...(write ? stale.filter(({ fixable }) => !fixable) : stale),
    ...brokenLinks(site, file),
  ];
  return found.map(({ line, message }) => `${page}:${line} ${message}`);
});

for (const { file, text, problems: found } of checkExamples(root)) {
  if (write && found.length > 0) writeFileSync(join(root, file), text);
  const left = write ? found.filter(({ fixable }) => fixable !== true) : found;
  problems.push(...left.map(({ line, message }) => `${file}:${line} ${message}`));
}

for (const problem of problems) console.error(problem);
console.log(`${pages.length} pages, ${problems.length} problems`);
if (problems.length > 0) {
  console.error("Samples are brought up to date by: npm run docs:check -- --write");
  process.exitCode = 1;
}

/** Samples are named from the folder of the package, example or repository that the page is about. */
function samplesOf(page: string): (path: string) => string | undefined {
  const folder = /^(packages|examples)\/[^/]+/.exec(page)?.[0] ?? ".";
  return (path) => {
    const file = join(root, folder, path);
    return existsSync(file) ? readFileSync(file, "utf8") : undefined;
  };
}
