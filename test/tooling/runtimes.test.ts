import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
interface Manifest {
  readonly version: string;
  readonly engines?: { readonly node?: string };
  readonly exports: Readonly<Record<string, unknown>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>;
}
const readManifest = (path: string): Manifest => JSON.parse(read(path)) as Manifest;

const workos = readManifest("packages/workos/package.json");
const entries = Object.keys(workos.exports)
  .filter((path) => !path.endsWith(".json"))
  .map((path) => join("@xmcp-dev/workos", path));

it.each(entries)("a CommonJS host loads %s with require()", (entry) => {
  const script = `process.stdout.write(JSON.stringify(Object.keys(require(${JSON.stringify(entry)}))))`;
  const names = execFileSync(process.execPath, ["--input-type=commonjs", "--eval", script], {
    cwd: join(root, "test"),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  expect((JSON.parse(names) as string[]).length).toBeGreaterThan(0);
});

it("every package asks for the Node whose require() loads ES modules, 22.12, and the pages say so", () => {
  for (const manifest of [
    "package.json",
    ...globSync("{packages,examples}/*/package.json", { cwd: root }),
  ]) {
    expect([manifest, readManifest(manifest).engines?.node]).toEqual([manifest, ">=22.12"]);
  }
  for (const page of [
    "README.md",
    "CONTRIBUTING.md",
    "docs/deploying.md",
    "docs/versioning.md",
    "packages/emulator/README.md",
    "packages/workos/README.md",
  ]) {
    expect([
      page,
      [...read(page).matchAll(/Node (22\.\d+) or newer/g)].map(([, version]) => version),
    ]).toEqual([page, ["22.12"]]);
  }
});

it("xmcp is an optional peer: the range that the README names, and the release that the tests run", () => {
  expect(workos.peerDependencies["xmcp"]).toBe("^1.1.0");
  expect(workos.peerDependenciesMeta["xmcp"]?.optional).toBe(true);
  expect(read("packages/workos/README.md")).toContain("The plugin needs xmcp 1.1 or newer");
  expect(read("docs/versioning.md")).toContain("xmcp 1.1 or newer, below 2");
  expect(readManifest("node_modules/xmcp/package.json").version).toMatch(/^1\.(?!0\.)\d+\.\d+$/);
});
