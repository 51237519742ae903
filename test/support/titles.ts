import ts from "typescript";

/** One title of a test file, as its source spells it: `%s`, `$name` and `${name}` stay. */
export interface Title {
  readonly text: string;
  readonly isTest: boolean;
}

const TITLED = new Set(["it", "test", "describe"]);

/** Reads the titles of `it`, `test` and `describe`, `.each` and `.for` included, skipped ones excluded. */
export function titlesIn(source: string): readonly Title[] {
  const titles: Title[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const root = rootOf(node.expression);
      const text = textOf(node.arguments[0]);
      if (TITLED.has(root) && text !== undefined)
        titles.push({ text, isTest: root !== "describe" });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("test.ts", source, ts.ScriptTarget.Latest, true));
  return titles;
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

function textOf(node: ts.Expression | undefined): string | undefined {
  if (node === undefined) return undefined;
  if (ts.isStringLiteralLike(node)) return node.text;
  return ts.isTemplateExpression(node) ? node.getText().slice(1, -1) : undefined;
}
