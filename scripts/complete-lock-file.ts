/**
 * Adds to package-lock.json the builds for other platforms that npm left out, and fails with
 * `--check` if there are any.
 *
 * npm leaves them out when the registry in use does not carry them (many mirrors hold Linux only),
 * and `npm ci` then refuses the lock file everywhere. Such an entry has no integrity hash until an
 * npm with access to the build fills it in; the version is the exact one its parent names.
 *
 *   node scripts/complete-lock-file.ts && npm install --package-lock-only
 *
 * The second command puts the entries into npm's own order.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const file = fileURLToPath(new URL("../package-lock.json", import.meta.url));

const Entry = z.looseObject({
  dev: z.boolean().optional(),
  engines: z.unknown().optional(),
  license: z.string().optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
});
const Packages = z.record(z.string(), Entry);
type Packages = z.infer<typeof Packages>;

const text = readFileSync(file, "utf8");
// Not what the schema makes of it, to keep npm's order of keys.
const lockFile = JSON.parse(text) as { packages: Record<string, unknown> };
const missing = missingFrom(Packages.parse(lockFile.packages));

if (process.argv.includes("--check")) {
  for (const path of Object.keys(missing)) console.error(`package-lock.json lacks ${path}`);
  process.exitCode = Object.keys(missing).length === 0 ? 0 : 1;
} else {
  const packages = { ...lockFile.packages, ...missing };
  const sorted = Object.entries(packages).toSorted(([a], [b]) => a.localeCompare(b, "en"));
  const complete = { ...lockFile, packages: Object.fromEntries(sorted) };
  writeFileSync(file, `${JSON.stringify(complete, null, 2)}\n`);
  console.log(`${Object.keys(missing).length} entries added to package-lock.json`);
}

function missingFrom(packages: Packages): Packages {
  return Object.fromEntries(
    Object.entries(packages).flatMap(([parent, { dev, engines, license, optionalDependencies }]) =>
      Object.entries(optionalDependencies ?? {})
        .filter(([name]) => !resolves(packages, parent, name))
        .map(([name, version]) => [
          `node_modules/${name}`,
          { version, dev, license, engines, optional: true, ...platformOf(name) },
        ]),
    ),
  );
}

/** As Node resolves: beside the parent, or beside a folder above it. */
function resolves(packages: Packages, parent: string, name: string): boolean {
  for (let folder = parent; ; folder = folder.slice(0, folder.lastIndexOf("/node_modules/"))) {
    if (`${folder}/node_modules/${name}` in packages) return true;
    if (!folder.includes("/node_modules/")) return `node_modules/${name}` in packages;
  }
}

/** Read from a name such as @oxlint/binding-linux-arm-musleabihf. */
function platformOf(name: string): { os: string[]; cpu: string[]; libc?: string[] } {
  const [, os, cpu, abi] =
    /(android|darwin|freebsd|linux|openharmony|win32)-([a-z0-9]+)(?:-(.+))?$/.exec(name) ?? [];
  if (os === undefined || cpu === undefined) {
    throw new Error(`${name} names no platform: add it to package-lock.json with npm`);
  }
  const libc = os === "linux" && abi !== undefined ? [abi.includes("musl") ? "musl" : "glibc"] : [];
  return { os: [os], cpu: [cpu], ...(libc.length > 0 && { libc }) };
}
