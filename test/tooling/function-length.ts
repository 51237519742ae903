import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** A function of a source file, and how many lines it has. */
export interface FunctionLength {
  readonly file: string;
  readonly name: string;
  readonly lines: number;
}

/** Finds every function of the packages' sources that is over 120 lines. */
export function findLongFunctions(root: string): readonly FunctionLength[] {
  return globSync("packages/*/src/**/*.ts", { cwd: root })
    .toSorted()
    .flatMap((file) => functionsIn(file, readFileSync(join(root, file), "utf8")))
    .filter(({ lines }) => lines > 120);
}

/** Finds the functions, arrow functions and methods of one file; the comments above them do not count. */
export function functionsIn(file: string, text: string): readonly FunctionLength[] {
  const found: FunctionLength[] = [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const lineAt = (position: number): number => source.getLineAndCharacterOfPosition(position).line;
  const visit = (node: ts.Node): void => {
    if (isMeasured(node)) {
      const lines = lineAt(node.end) - lineAt(node.getStart()) + 1;
      found.push({ file, name: nameOfFunction(node), lines });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Excludes types and the signatures of overloads. */
function isMeasured(node: ts.Node): node is ts.FunctionLikeDeclaration {
  return ts.isFunctionLike(node) && "body" in node && node.body !== undefined;
}

/** The function's own name, or that of what it is the value of. */
function nameOfFunction({ name, parent }: ts.FunctionLikeDeclaration): string {
  const holder = "name" in parent ? (parent.name as ts.Node | undefined) : undefined;
  return (name ?? holder)?.getText() ?? "a function without a name";
}
