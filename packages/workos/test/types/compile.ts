import ts from "typescript";

const ROOT = new URL("../../../../", import.meta.url).pathname;
const fileAt = (index: number): string => new URL(`inline-${index}.ts`, import.meta.url).pathname;

/** What is read from disk is parsed once for all programs. */
const parsed = new Map<string, ts.SourceFile | undefined>();

/** Compiles a module that sits beside this one, as strictly as the repository, and gives what tsc says of it. */
export function compile(source: string): string[] {
  return compileAll([source])[0] ?? [];
}

/** Compiles modules of one program: what one of them registers counts for all. */
export function compileAll(sources: readonly string[]): string[][] {
  return compileModules(new Map(sources.map((source, index) => [fileAt(index), source])));
}

/** Compiles modules, by path, whether they are on the disk or not. */
export function compileModules(ours: ReadonlyMap<string, string>): string[][] {
  const { config } = ts.readConfigFile(`${ROOT}tsconfig.base.json`, (path) =>
    ts.sys.readFile(path),
  );
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, ROOT);
  const host = ts.createCompilerHost({ ...options, noEmit: true });
  const base = ts.createCompilerHost({ ...options, noEmit: true });
  host.fileExists = (name) => ours.has(name) || base.fileExists(name);
  host.readFile = (name) => ours.get(name) ?? base.readFile(name);
  host.getSourceFile = (name, language) => {
    const source = ours.get(name);
    if (source !== undefined) return ts.createSourceFile(name, source, language);
    if (!parsed.has(name)) parsed.set(name, base.getSourceFile(name, language));
    return parsed.get(name);
  };
  const program = ts.createProgram([...ours.keys()], { ...options, noEmit: true }, host);
  return [...ours.keys()].map((name) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(name))
      .map(
        ({ code, messageText }) => `TS${code} ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
      ),
  );
}
