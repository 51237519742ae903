import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { regionOf, type Problem } from "./snippets.ts";

/** Where the examples are compiled: each is the region that has its function's name. */
const SOURCE = "docs/snippets/examples.ts";

/** The docstrings of one file, as they should be. */
export interface Docstrings {
  readonly file: string;
  readonly text: string;
  readonly problems: readonly Problem[];
}

/**
 * Compares the `@example` of every function that a package exports with its source.
 *
 * @returns the files that declare them; as `text` with all examples up to date.
 */
export function checkExamples(root: string): Docstrings[] {
  const entries = globSync("packages/*/package.json", { cwd: root }).flatMap((manifest) =>
    entriesOf(join(root, manifest)),
  );
  if (entries.length === 0) return [];
  const source = join(root, SOURCE);
  const examples = existsSync(source) ? readFileSync(source, "utf8") : "";
  const files = Map.groupBy(exportedFunctions(entries), ({ node }) => node.getSourceFile());
  return [...files].map(([file, functions]) => {
    const problems: Problem[] = [];
    let { text } = file;
    // From the last to the first, so that positions stay what they are.
    for (const { name, node } of functions.toSorted(
      (one, other) => other.node.pos - one.node.pos,
    )) {
      const line = file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      const docstring = text.slice(node.getFullStart(), node.getStart());
      const { content, problem } = judge(name, docstring, regionOf(examples, name));
      if (problem !== undefined) problems.unshift({ line, ...problem });
      text = text.slice(0, node.getFullStart()) + content + text.slice(node.getStart());
    }
    return { file: relative(root, file.fileName), text, problems };
  });
}

function judge(
  name: string,
  docstring: string,
  region: string | undefined,
): { content: string; problem?: Omit<Problem, "line"> } {
  const example = /^ \* @example\n \* ```ts\n(?: \*.*\n)*? \* ```$/m;
  if (!example.test(docstring)) {
    return { content: docstring, problem: { message: `${name}() has no @example in \`\`\`ts` } };
  }
  if (region === undefined) {
    return { content: docstring, problem: { message: `${SOURCE} has no region ${name}` } };
  }
  const lines = ["@example", "```ts", ...region.split("\n"), "```"];
  const expected = lines.map((line) => ` * ${line}`.trimEnd()).join("\n");
  const content = docstring.replace(example, () => expected);
  if (content === docstring) return { content };
  const message = `the @example of ${name}() is not what ${SOURCE}#${name} says`;
  return { content, problem: { message, fixable: true } };
}

/** The source files of a package's entry points. */
function entriesOf(manifest: string): string[] {
  const { exports = {} } = JSON.parse(readFileSync(manifest, "utf8")) as {
    exports?: Record<string, string | { types?: string }>;
  };
  return Object.values(exports).flatMap((entry) => {
    const types = typeof entry === "string" ? undefined : entry.types;
    if (types === undefined) return [];
    const path = types.replace("dist/", "src/").replace(/\.d\.ts$/, ".ts");
    return [join(dirname(manifest), path)];
  });
}

function exportedFunctions(entries: readonly string[]): { name: string; node: ts.Node }[] {
  const program = ts.createProgram(entries, {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    types: [],
    // What a function takes and returns is no matter here, and the library is most of the work.
    noLib: true,
    skipLibCheck: true,
  });
  const checker = program.getTypeChecker();
  const found = entries.flatMap((entry) => {
    const file = program.getSourceFile(entry);
    const module = file && checker.getSymbolAtLocation(file);
    if (module === undefined) throw new Error(`${entry} exports nothing`);
    return checker.getExportsOfModule(module).flatMap((symbol) => {
      const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
      const { declarations = [] } = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
      return declarations.flatMap((declaration) => {
        const isFunction = checker.getTypeAtLocation(declaration).getCallSignatures().length > 0;
        const node = ts.isVariableDeclaration(declaration)
          ? declaration.parent.parent
          : declaration;
        const isValue = node !== declaration || ts.isFunctionDeclaration(declaration);
        return isFunction && isValue ? [{ name: symbol.name, node }] : [];
      });
    });
  });
  return [...new Map(found.map((one) => [one.node, one])).values()];
}
