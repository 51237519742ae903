import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { pathOf, PROGRAMS } from "../misuse/programs.js";
import { compileModules } from "./compile.js";

/** Where a type comes from differs between machines. */
const withoutPaths = (line: string): string => line.replaceAll(/import\("[^"]*"[^)]*\)\./g, "");

// Reading the types of the package and of all it imports takes long on a busy machine.
it(
  "every program that holds the API right compiles under strict, and of those that do not what the compiler can see",
  {
    timeout: 120_000,
  },
  () => {
    const names = Object.keys(PROGRAMS);
    const paths = names.map(pathOf);
    const found = compileModules(new Map(paths.map((path) => [path, readFileSync(path, "utf8")])));
    expect(
      Object.fromEntries(names.map((name, index) => [name, found[index]?.map(withoutPaths)])),
    ).toEqual(
      Object.fromEntries(Object.entries(PROGRAMS).map(([name, [compiles]]) => [name, compiles])),
    );
  },
);
