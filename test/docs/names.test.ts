import { globSync, readFileSync } from "node:fs";
import * as auditLogs from "@xmcp-dev/workos/audit-logs";
import * as opentelemetry from "@xmcp-dev/workos/opentelemetry";
import * as testing from "@xmcp-dev/workos/testing";
import * as root from "@xmcp-dev/workos";
import { expect, test } from "vitest";

const read = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const find = (pattern: string): string[] =>
  globSync(pattern, { cwd: new URL("../..", import.meta.url).pathname });

const reference = read("docs/api.md");

test.each(Object.keys({ ...root, ...auditLogs, ...opentelemetry, ...testing }))(
  "docs/api.md has a section or a row of its own for %s, with its signature",
  (name) => {
    const own = String.raw`\[?\x60${name.replace("$", String.raw`\$`)}`;
    const section = new RegExp(`^#+ ${own}\\(\\)\x60\n\n\x60\x60\x60text\n${name}\\(`, "m");
    const row = new RegExp(`^\\| ${own}(?:\\([^\x60]*\\))?\x60[^|]*\\| .*\x60`, "m");

    expect([section, row].some((form) => form.test(reference))).toBe(true);
  },
);

/** Former names that are words of something else too. */
const STILL_IN_USE = new Set([
  "Request", // the global class
  "check_denied", // still the reason when a check returns false
  "duration", // of OpenTelemetry's metrics and of rate-limiter-flexible
  "faults", // a folder
  "filter", // of an array
  "init", // of `fetch`
  "listen", // of a server, and in `subscriptions/listen`
  "session", // a variable
  "there",
  "wrong_audience", // still the reason for other audiences
]);

function namesIn(code: string): string[] {
  return code.match(/(?<![\w$-])[A-Za-z_$][\w$]{3,}(?:-\w+)*/g) ?? [];
}

function unquoted(code: string): string {
  return code.replaceAll(/"[^"]*"/g, '""');
}

function codeIn(markdown: string): string[] {
  const code = /```[^\n]*\n([\s\S]*?)```|`([^`\n]+)`/g;
  return [...markdown.matchAll(code)].map(([, block, span]) => block ?? span ?? "");
}

test("the documentation has no name that a change log calls a former one", () => {
  const rows = find("packages/*/CHANGELOG.md").flatMap((log) =>
    read(log)
      .split("\n")
      .filter((line) => line.startsWith("|"))
      .map((line) => line.split(/(?<!\\)\|/)),
  );
  const namesOf = (column: number): string[] =>
    rows.flatMap((cells) => codeIn(cells[column] ?? "").flatMap(namesIn));
  const current = new Set([
    ...namesOf(2),
    ...find("packages/*/api/*.d.ts").flatMap((report) => namesIn(read(report))),
  ]);
  const former = new Set(
    rows
      .flatMap((cells) =>
        codeIn(cells[1] ?? "")
          .map(unquoted)
          .flatMap(namesIn),
      )
      .filter((name) => !current.has(name)),
  );
  expect([...former]).toContain("deadLetters");

  const pages = ["README.md", "{docs,examples/*}/*.md", "packages/*/README.md"].flatMap(find);
  const found = pages.flatMap((page) =>
    codeIn(read(page))
      .map(unquoted)
      .flatMap(namesIn)
      .filter((name) => former.has(name) && !STILL_IN_USE.has(name))
      .map((name) => `${page}: ${name}`),
  );

  expect(found).toEqual([]);
});
