import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rolldown, type InputOptions, type OutputOptions } from "rolldown";
import { afterAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "production-bundle-"));
const modules = join(import.meta.dirname, "../../node_modules");
symlinkSync(modules, join(folder, "node_modules"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The bundler that xmcp brings and builds apps with. */
const { rspack } = createRequire(join(modules, "xmcp/package.json"))("@rspack/core") as {
  readonly rspack: (
    options: object,
    done: (
      error: Error | null,
      stats?: { hasErrors: () => boolean; toString: () => string },
    ) => void,
  ) => void;
};

const entry = join(folder, "entry.mjs");
writeFileSync(
  entry,
  `import { guarded, runAs } from "@xmcp-dev/workos/testing";
const outcome = (run) => {
  try {
    return run();
  } catch (error) {
    return [error.code, new URL(error.docs).hash, ...error.problems.map(({ path }) => path)];
  }
};
console.log(
  JSON.stringify([
    outcome(() => runAs({}, () => "ran")),
    outcome(() => guarded(() => new Response()) && "ran"),
  ]),
);
`,
);

/** What a program logs, with this NODE_ENV or none. */
function run(file: string, mode?: string): unknown {
  const { NODE_ENV: _, ...env } = process.env;
  const options = { env: mode === undefined ? env : { ...env, NODE_ENV: mode } };
  return JSON.parse(execFileSync(process.execPath, [file], options).toString());
}

async function bundle(input: InputOptions, output: OutputOptions): Promise<string> {
  const file = join(folder, `rolldown.${output.format === "cjs" ? "cjs" : "mjs"}`);
  const build = await rolldown({ input: entry, platform: "node", logLevel: "silent", ...input });
  await build.write({ ...output, file, codeSplitting: false });
  await build.close();
  return file;
}

function bundleAsXmcp(): Promise<string> {
  const output = { path: folder, filename: "rspack.cjs" };
  return new Promise((resolve, reject) => {
    rspack({ mode: "production", target: "node", entry, output }, (error, stats) => {
      if (error === null && stats?.hasErrors() === false) {
        resolve(join(folder, output.filename));
      } else reject(error ?? new Error(String(stats)));
    });
  });
}

const MODE = "NODE_ENV";
const BUNDLE = "@xmcp-dev/workos/testing";
const refused = (...paths: string[]): unknown => {
  const one = ["invalid_configuration", "#invalid_configuration", ...paths];
  return [one, one];
};

describe("runAs() and guarded()", () => {
  it("run where they are not bundled", () => {
    expect(run(entry)).toEqual(["ran", "ran"]);
    expect(run(entry, "production")).toEqual(refused(MODE));
  });

  it.each<[string, () => Promise<string>, string[]]>([
    ["an ES module, without NODE_ENV", () => bundle({}, {}), [BUNDLE]],
    ["a minified one", () => bundle({}, { minify: true }), [BUNDLE]],
    ["CommonJS", () => bundle({}, { format: "cjs" }), [BUNDLE]],
    [
      "one that was made for production, as by Vite",
      () => bundle({ transform: { define: { "process.env.NODE_ENV": '"production"' } } }, {}),
      [MODE, BUNDLE],
    ],
    ["one of rspack, as xmcp makes it", bundleAsXmcp, [MODE]],
  ])("refuse in a bundle: %s", async (_, make, paths) => {
    const file = await make();
    expect(run(file)).toEqual(refused(...paths));
    // What is set when it runs cannot take that back.
    expect(run(file, "test")).toEqual(refused(...paths));
  });
});
