import ts from "typescript";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compareNames,
  NAME_KINDS,
  readTypesFile,
  writeTypesFile,
  type NamesByKind,
} from "../../src/cli/types-file.js";

const names: fc.Arbitrary<NamesByKind> = fc
  .tuple(...NAME_KINDS.map((kind) => fc.tuple(fc.constant(kind), listOf())))
  .map((kinds) => Object.fromEntries(kinds.filter(([, listed]) => listed !== undefined)));

function listOf(): fc.Arbitrary<string[] | undefined> {
  const name = fc.oneof(fc.stringMatching(/^[a-z:_.*-]{1,12}$/), fc.string({ unit: "binary" }));
  return fc.option(fc.array(name, { maxLength: 5 }), { nil: undefined });
}

/** The string literals that TypeScript finds in each member of Register. */
function readWithTypeScript(source: string): Record<string, string[]> {
  const file = ts.createSourceFile("x.d.ts", source, ts.ScriptTarget.Latest, true);
  const found: Record<string, string[]> = {};
  const visit = (node: ts.Node): void => {
    if (ts.isPropertySignature(node)) {
      const literals: string[] = [];
      const inside = (part: ts.Node): void => {
        if (ts.isStringLiteral(part)) literals.push(part.text);
        part.forEachChild(inside);
      };
      inside(node);
      found[node.name.getText()] = literals;
    }
    node.forEachChild(visit);
  };
  visit(file);
  return found;
}

describe("the types file", () => {
  it("lists each kind, sorted, a name a line", () => {
    expect(writeTypesFile({ roles: [], tools: ["refund", "list", "refund"], permissions: ["a:b"] }))
      .toBe(`// Written by \`npx @xmcp-dev/workos types\`; do not edit it, run the command again.
import "@xmcp-dev/workos";

// prettier-ignore
declare module "@xmcp-dev/workos" {
  interface Register {
    tools:
      | "list"
      | "refund";
    permissions:
      | "a:b";
    roles: never;
  }
}
`);
  });

  it("is TypeScript with exactly these names, whatever they are, in plain letters", () => {
    fc.assert(
      fc.property(names, (given) => {
        const text = writeTypesFile(given);
        expect(text).toMatch(/^[\x20-\x7e\n]*$/);
        expect(ts.transpileModule(text, { reportDiagnostics: true }).diagnostics).toEqual([]);
        expect(readWithTypeScript(text)).toEqual(
          Object.fromEntries(
            Object.entries(given).map(([kind, listed]) => [kind, [...new Set(listed)].toSorted()]),
          ),
        );
      }),
    );
  });

  it("is the same whatever the order of the names", () => {
    fc.assert(
      fc.property(names, (given) => {
        const reversed = Object.fromEntries(
          Object.entries(given)
            .toReversed()
            .map(([kind, listed]) => [kind, listed.toReversed()]),
        );
        expect(writeTypesFile(reversed)).toBe(writeTypesFile(given));
      }),
    );
  });

  it("is read back, also after a formatter had it", () => {
    const given = { tools: ["a", "b"], prompts: [], permissions: ["x:y"] };
    const text = writeTypesFile(given);
    expect(readTypesFile(text)).toEqual(given);
    const formatted = text.replaceAll(/:\s+\| /g, ": ").replaceAll(/\s+\| /g, " | ");
    expect(formatted).toContain('tools: "a" | "b";');
    expect(readTypesFile(formatted)).toEqual(given);
  });

  it("is not taken for one of another author", () => {
    expect(readTypesFile('declare module "@xmcp-dev/workos" {}')).toBeUndefined();
    expect(readTypesFile("")).toBeUndefined();
  });
});

describe("what differs between names", () => {
  it.each<[NamesByKind, NamesByKind, string[]]>([
    [{ tools: ["a", "b"] }, { tools: ["b", "a"] }, []],
    [{ tools: ["a"] }, { tools: ["b"] }, ['- tools "a"', '+ tools "b"']],
    [{}, { tools: ["a"], roles: [] }, ['+ tools "a"', "+ roles"]],
    [{ tools: ["a"], prompts: [] }, {}, ['- tools "a"', "- prompts"]],
  ])("%j and %j: %j", (had, wanted, lines) => {
    expect(compareNames(had, wanted)).toEqual(lines);
  });
});
