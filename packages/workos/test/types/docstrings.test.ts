import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";

const PACKAGES = join(import.meta.dirname, "../../..");

/** The source files of both packages' entry points. */
const ENTRIES = ["emulator", "workos"].flatMap((name) => {
  const folder = join(PACKAGES, name);
  const manifest = readFileSync(join(folder, "package.json"), "utf8");
  const { exports } = JSON.parse(manifest) as { exports: Record<string, { types?: string }> };
  return Object.values(exports).flatMap(({ types }) =>
    types === undefined
      ? []
      : [join(folder, types.replace("dist/", "src/").replace(".d.ts", ".ts"))],
  );
});

/** Exports, and members of exported interfaces and classes, without a docstring. */
function undocumented(): readonly string[] {
  const program = ts.createProgram(ENTRIES, {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    skipLibCheck: true,
  });
  const checker = program.getTypeChecker();
  const hasText = (node: ts.Node): boolean => ts.getJSDocCommentsAndTags(node).length > 0;
  const found = ENTRIES.flatMap((entry) => {
    const file = program.getSourceFile(entry);
    const module = file === undefined ? undefined : checker.getSymbolAtLocation(file);
    if (module === undefined) throw new Error(`${entry} exports nothing`);
    return checker.getExportsOfModule(module).flatMap((symbol) => {
      const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
      const { name, declarations = [] } = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
      return declarations.flatMap((declaration) => {
        if (declaration.getSourceFile().fileName.includes("node_modules")) return [];
        const own = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
        const members =
          ts.isInterfaceDeclaration(declaration) || ts.isClassDeclaration(declaration)
            ? [...declaration.members]
            : [];
        return [
          ...(hasText(own) ? [] : [name]),
          ...members.flatMap((member) =>
            member.name === undefined || hasText(member)
              ? []
              : [`${name}.${member.name.getText()}`],
          ),
        ];
      });
    });
  });
  return [...new Set(found)];
}

it(
  "every export of the packages, and every member of it, has a docstring",
  { timeout: 120_000 },
  () => {
    expect(undocumented()).toEqual([]);
  },
);
