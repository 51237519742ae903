import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** Where requirement ids are cited: the titles of tests, by the file that has them. */
export type Citations = ReadonlyMap<string, readonly string[]>;

const TEST_FILES = [
  "packages/*/test/**/*.test.ts",
  "test/**/*.test.ts",
  "examples/*/test/**/*.test.ts",
];
const ID = /\b(?:RS|AS|T)-\d{2,3}\b/g;
const TITLED = new Set(["it", "test", "describe"]);

/** Reads the ids that tests cite in the titles of `it`, `test` and `describe`, `.each` and `.for` included. */
export function citedIn(root: string): Citations {
  const citations = new Map<string, string[]>();
  for (const file of globSync(TEST_FILES, {
    cwd: root,
    exclude: ["**/node_modules/**", "test/.apps/**"],
  })) {
    for (const id of idsIn(readFileSync(join(root, file), "utf8"))) {
      citations.set(id, [...(citations.get(id) ?? []), file]);
    }
  }
  return citations;
}

/** The ids in the titles of one test file's source. */
export function idsIn(source: string): ReadonlySet<string> {
  const ids = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && TITLED.has(rootOf(node.expression))) {
      const [title] = node.arguments;
      if (title !== undefined && isText(title)) {
        for (const [id] of title.getText().matchAll(ID)) ids.add(id);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("test.ts", source, ts.ScriptTarget.Latest, true));
  return ids;
}

/** The name that `it`, `it.each(table)`, `it.skipIf(x).each(table)` and the like begin with. A skipped test proves nothing. */
function rootOf(expression: ts.Expression): string {
  if (ts.isIdentifier(expression)) return expression.text;
  if (ts.isCallExpression(expression) || ts.isTaggedTemplateExpression(expression)) {
    return rootOf(ts.isCallExpression(expression) ? expression.expression : expression.tag);
  }
  if (ts.isPropertyAccessExpression(expression)) {
    return /^(skip|todo|skipIf|runIf)$/.test(expression.name.text)
      ? ""
      : rootOf(expression.expression);
  }
  return "";
}

function isText(node: ts.Expression): boolean {
  return ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);
}
