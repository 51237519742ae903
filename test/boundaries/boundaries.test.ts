import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cruise, type ICruiseOptions, type ICruiseResult } from "dependency-cruiser";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import configuration from "../../.dependency-cruiser.mjs";
import { clean, planted, type Planted } from "./planted.js";

/** What can be imported in a planted tree, and how packages/workos declares it. */
const manifests: Planted["files"] = {
  "/packages/workos/package.json": JSON.stringify({
    dependencies: {
      jose: "*",
      "@workos-inc/node": "*",
      "lru-cache": "*",
      "@opentelemetry/api": "*",
      declared: "*",
    },
    devDependencies: { development: "*", "@xmcp-dev/authkit-emulator": "*" },
    peerDependencies: { xmcp: "*", express: "*" },
  }),
  "/packages/emulator/package.json": JSON.stringify({
    dependencies: { jose: "*", "@workos-inc/node": "*" },
    devDependencies: { "@xmcp-dev/workos": "*" },
  }),
  ...Object.fromEntries(
    [
      "jose",
      "@workos-inc/node",
      "lru-cache",
      "@opentelemetry/api",
      "xmcp",
      "express",
      "declared",
      "undeclared",
      "development",
      "@xmcp-dev/authkit-emulator",
      "@xmcp-dev/workos",
    ].flatMap((name) => [
      [`/node_modules/${name}/package.json`, JSON.stringify({ name, type: "module" })],
      [`/node_modules/${name}/index.js`, "export const x = 1;\n"],
    ]),
  ),
};

let parent: string;
beforeAll(async () => {
  parent = await realpath(await mkdtemp(join(tmpdir(), "boundaries-")));
});
afterAll(async () => {
  await rm(parent, { recursive: true });
});

describe("a planted violation is reported by its rule and by no other", () => {
  test.each(planted.map(({ rule, files }, index) => ({ rule, files, index })))(
    "$rule (tree $index)",
    async ({ rule, files }) => {
      expect(await rulesBrokenBy(files)).toEqual([rule]);
    },
  );
});

test("what is allowed is not reported", async () => {
  expect(await rulesBrokenBy(clean)).toEqual([]);
});

test("every rule has a planted violation", () => {
  const rules = configuration.forbidden.map(({ name }) => name);
  expect([...new Set(planted.map(({ rule }) => rule))].toSorted()).toEqual(rules.toSorted());
});

async function rulesBrokenBy(files: Planted["files"]): Promise<string[]> {
  const root = await mkdtemp(join(parent, "tree-"));
  for (const [path, content] of Object.entries({ ...manifests, ...files })) {
    const file = join(root, path.startsWith("/") ? path : join("packages/workos/src", path));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  const { forbidden, options } = configuration;
  const { enhancedResolveOptions, ...rest } = options;
  const result = await cruise(
    ["packages"],
    { ...rest, baseDir: root, validate: true, ruleSet: { forbidden } } as ICruiseOptions,
    enhancedResolveOptions,
  );
  const { summary } = result.output as ICruiseResult;
  return [...new Set(summary.violations.map(({ rule }) => rule.name))].toSorted();
}
