/**
 * Packs every package as `npm publish` would and looks at the tarball: does Node find its entry
 * points (publint), does TypeScript find the types that belong to them (attw), and is there nothing
 * in it that should stay at home.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { z } from "zod";

const Packed = z.array(
  z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) }),
);

/** A package registry's address, which belongs into no tarball. */
const registryAddress = /https?:\/\/[\w.:-]*(registry|artifactory|verdaccio)[^\s"'`)]*/i;
const testFile = /(^|\/)(test|tests|__tests__|fixtures)\/|\.(test|spec)\.[cm]?[jt]sx?$/;

const scratch = mkdtempSync(join(tmpdir(), "packages-"));
try {
  for (const manifest of globSync("packages/*/package.json").toSorted()) {
    const problems = await problemsOf(dirname(manifest));
    console.log(`${dirname(manifest)}: ${problems.length === 0 ? "sound" : "NOT sound"}`);
    for (const problem of problems) console.log(`  - ${problem.replaceAll("\n", "\n    ")}`);
    if (problems.length > 0) process.exitCode = 1;
  }
} finally {
  rmSync(scratch, { recursive: true });
}

async function problemsOf(folder: string): Promise<string[]> {
  const { tarball, files } = pack(folder);
  return [
    ...(await publintProblems(tarball)),
    ...attwProblems(tarball),
    ...files.filter((file) => testFile.test(file)).map((file) => `${file} is a test file`),
    ...missing(files),
    ...addresses(tarball, files),
  ];
}

function pack(folder: string): { tarball: string; files: string[] } {
  const json = execFileSync(
    "npm",
    ["pack", "-w", folder, "--json", "--ignore-scripts", "--pack-destination", scratch],
    { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] },
  );
  const [packed] = Packed.parse(JSON.parse(json));
  if (packed === undefined) throw new Error(`npm pack made nothing of ${folder}`);
  return { tarball: join(scratch, packed.filename), files: packed.files.map(({ path }) => path) };
}

async function publintProblems(tarball: string): Promise<string[]> {
  const { buffer, byteOffset, byteLength } = readFileSync(tarball);
  const contents = buffer.slice(byteOffset, byteOffset + byteLength);
  const { messages, pkg } = await publint({ strict: true, pack: { tarball: contents } });
  return messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false })}`);
}

function attwProblems(tarball: string): string[] {
  const options = ["--profile", "esm-only", "--format", "ascii", "--no-emoji", "--no-color"];
  const { status, stdout, stderr } = spawnSync("attw", [tarball, ...options], { encoding: "utf8" });
  return status === 0 ? [] : [`attw:\n${stdout}${stderr}`.trim()];
}

function missing(files: readonly string[]): string[] {
  return ["README.md", "LICENSE", "dist/index.js", "dist/index.d.ts"]
    .filter((file) => !files.includes(file))
    .map((file) => `${file} is missing`);
}

function addresses(tarball: string, files: readonly string[]): string[] {
  execFileSync("tar", ["-xzf", tarball, "-C", scratch]);
  const found = files.flatMap((file) => {
    const address = registryAddress.exec(readFileSync(join(scratch, "package", file), "utf8"));
    return address === null ? [] : [`${file} names a registry: ${address[0]}`];
  });
  rmSync(join(scratch, "package"), { recursive: true });
  return found;
}
