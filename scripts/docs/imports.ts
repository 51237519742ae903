import ts from "typescript";

/** Longest line of a sample, as the formatter has it. */
const MAX_WIDTH = 100;

/**
 * Writes the imports of a file that a part of it uses and does not have itself: those of packages, not of other files.
 *
 * @param imported names that an earlier sample imports; those of this one are added.
 * @returns the lines and an empty one, or nothing.
 */
export function importsFor(file: string, part: string, imported: Set<string>): string {
  const [whole, sample] = [file, part].map((text) =>
    ts.createSourceFile("sample.tsx", text, ts.ScriptTarget.Latest, true),
  );
  if (whole === undefined || sample === undefined) return "";
  for (const { name } of importsIn(sample).flatMap(({ names }) => names)) imported.add(name);
  const used = namesIn(sample);
  const lines = importsIn(whole).flatMap(({ from, isType, names }) => {
    const needed = names.filter(({ name }) => used.has(name) && !imported.has(name));
    for (const { name } of needed) imported.add(name);
    return needed.length === 0 ? [] : [write(from, isType, needed)];
  });
  return lines.length === 0 ? "" : `${lines.join("\n")}\n\n`;
}

interface Imported {
  /** As it is written between the braces. */
  readonly text: string;
  readonly name: string;
  readonly isDefault: boolean;
}

interface Import {
  readonly from: string;
  readonly isType: boolean;
  readonly names: readonly Imported[];
}

function importsIn(file: ts.SourceFile): readonly Import[] {
  return file.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) {
      return [];
    }
    const from = statement.moduleSpecifier.text;
    const { importClause: clause } = statement;
    if (from.startsWith(".") || clause === undefined) return [];
    const named = clause.namedBindings;
    const names = [
      ...(clause.name === undefined
        ? []
        : [{ text: clause.name.text, name: clause.name.text, isDefault: true }]),
      ...(named !== undefined && ts.isNamedImports(named)
        ? named.elements.map((one) => ({
            text: one.getText(),
            name: one.name.text,
            isDefault: false,
          }))
        : []),
    ];
    const isType = clause.phaseModifier === ts.SyntaxKind.TypeKeyword;
    return [{ from, isType, names }];
  });
}

/** The names that code uses, without those of members. */
function namesIn(file: ts.SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) return;
    const { parent } = node;
    const isMember =
      parent !== undefined &&
      ((ts.isPropertyAccessExpression(parent) && parent.name === node) ||
        (ts.isPropertyAssignment(parent) && parent.name === node) ||
        (ts.isPropertySignature(parent) && parent.name === node) ||
        (ts.isVariableDeclaration(parent) && parent.name === node) ||
        (ts.isBindingElement(parent) && (parent.name === node || parent.propertyName === node)));
    if (ts.isIdentifier(node) && !isMember) names.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return names;
}

function write(from: string, isType: boolean, names: readonly Imported[]): string {
  const start = `import ${isType ? "type " : ""}`;
  const first = names.flatMap(({ text, isDefault }) => (isDefault ? [text] : []));
  const inside = names.flatMap(({ text, isDefault }) => (isDefault ? [] : [text]));
  const before = [...first, ...(inside.length === 0 ? [] : [""])].join(", ");
  if (inside.length === 0) return `${start}${before} from "${from}";`;
  const line = `${start}${before}{ ${inside.join(", ")} } from "${from}";`;
  return line.length <= MAX_WIDTH
    ? line
    : `${start}${before}{\n${inside.map((one) => `  ${one},\n`).join("")}} from "${from}";`;
}
