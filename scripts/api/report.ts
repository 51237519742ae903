import { dirname, relative, sep } from "node:path";
import ts from "typescript";

/**
 * Lists what an entry point exports, and every declaration of the package that those lead to: a change of any of them
 * is one that users can notice.
 *
 * Comments are left out, and declarations are sorted, so that the report changes when the types do and not otherwise.
 * Types of other packages are named, not listed.
 *
 * @param entry the declaration file of the entry point, as built.
 * @throws when an export leads nowhere.
 */
export function reportApi(entry: string): string {
  const program = ts.createProgram([entry], OPTIONS, createHost());
  const file = program.getSourceFile(entry);
  const checker = program.getTypeChecker();
  const module = file && checker.getSymbolAtLocation(file);
  if (module === undefined) throw new Error(`${entry} exports nothing`);

  const resolve = (symbol: ts.Symbol): ts.Symbol =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const home = dirname(entry);
  const ownDeclarations = (symbol: ts.Symbol): readonly ts.Declaration[] =>
    (symbol.declarations ?? []).filter((declaration) => {
      const path = relative(home, declaration.getSourceFile().fileName);
      return !path.startsWith("..") && !path.split(sep).includes("node_modules");
    });

  const exported = new Map<ts.Symbol, string[]>();
  for (const symbol of checker.getExportsOfModule(module)) {
    const target = resolve(symbol);
    if (target.declarations === undefined) {
      throw new Error(`${symbol.name}, exported by ${entry}, leads nowhere`);
    }
    exported.set(target, [...(exported.get(target) ?? []), symbol.name]);
  }
  const foreign: string[] = [];
  const texts = { exported: new Set<string>(), reached: new Set<string>() };
  const seen = new Set<ts.Symbol>(exported.keys());
  for (const symbol of seen) {
    const names = exported.get(symbol);
    const declarations = ownDeclarations(symbol).map(statementOf);
    if (declarations.length === 0) {
      foreign.push(...(names ?? []).map((name) => `${name} from ${packageOf(symbol)}`));
    }
    for (const declaration of declarations) {
      const text = print(declaration);
      texts[names === undefined ? "reached" : "exported"].add(text);
      for (const found of symbolsIn(declaration, checker)) {
        const target = resolve(found);
        // A set visits what is added while it is visited. Members come with what they are members of.
        if (ownDeclarations(target).some((one) => isTopLevel(statementOf(one)))) seen.add(target);
      }
    }
    for (const name of names ?? []) {
      if (declarations.length > 0 && name !== symbol.name) {
        texts.exported.add(`export { ${symbol.name} as ${name} };`);
      }
    }
  }
  return [
    ...section("Exported", [...texts.exported]),
    ...section(
      "Exported from other packages",
      foreign.map((one) => `// ${one}`),
    ),
    ...section("Not exported, and part of what is", [...texts.reached]),
  ].join("\n");
}

const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  types: ["node"],
  strict: true,
  skipLibCheck: true,
  noEmit: true,
};

/** Files of other packages, which are read once for all entry points. */
const foreignFiles = new Map<string, ts.SourceFile | undefined>();

function createHost(): ts.CompilerHost {
  const host = ts.createCompilerHost(OPTIONS);
  return {
    ...host,
    getSourceFile(name, ...rest) {
      if (!name.includes("/node_modules/")) return host.getSourceFile(name, ...rest);
      if (!foreignFiles.has(name)) foreignFiles.set(name, host.getSourceFile(name, ...rest));
      return foreignFiles.get(name);
    },
  };
}

const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });

/** One spelling whether or not a declaration is exported from its own file, which callers do not see. */
function print(declaration: ts.Node): string {
  const text = printer.printNode(ts.EmitHint.Unspecified, declaration, declaration.getSourceFile());
  return text.replace(/^export (default )?/, "").replace(/^declare /, "");
}

/** The statement that declares: of `const a = …` the whole. */
function statementOf(declaration: ts.Declaration): ts.Node {
  return ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
}

function isTopLevel(node: ts.Node): boolean {
  return node.parent !== undefined && ts.isSourceFile(node.parent);
}

/** The package that a symbol is declared in. */
function packageOf(symbol: ts.Symbol): string {
  const file = symbol.declarations?.[0]?.getSourceFile().fileName ?? "";
  return /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? "elsewhere";
}

/** Every symbol that a declaration names. */
function symbolsIn(declaration: ts.Node, checker: ts.TypeChecker): readonly ts.Symbol[] {
  const found: ts.Symbol[] = [];
  const visit = (node: ts.Node): void => {
    const symbol = ts.isIdentifier(node) ? checker.getSymbolAtLocation(node) : undefined;
    if (symbol !== undefined) found.push(symbol);
    ts.forEachChild(node, visit);
  };
  visit(declaration);
  return found;
}

function section(title: string, texts: readonly string[]): readonly string[] {
  const sorted = texts.toSorted((a, b) =>
    nameIn(a) < nameIn(b) ? -1 : nameIn(a) > nameIn(b) ? 1 : 0,
  );
  return sorted.length === 0 ? [] : [`// ${title}`, "", ...sorted.flatMap((text) => [text, ""])];
}

/** What a text is sorted by: the name that it declares, then the whole. */
function nameIn(text: string): string {
  const name =
    /^(?:\/\/ )?(?:abstract )?(?:class|const|enum|function|interface|type) ([\w$]+)/.exec(
      text,
    )?.[1];
  return `${name ?? ""} ${text}`;
}
