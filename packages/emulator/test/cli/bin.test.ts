import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const folder = new URL("../../", import.meta.url);

it("the command is a file that a clone has before anything is built: npm links no other", async () => {
  const manifest = JSON.parse(await readFile(new URL("package.json", folder), "utf8"));
  expect(manifest.bin).toEqual({ "authkit-emulator": "bin/authkit-emulator.mjs" });
  expect(manifest.files).toContain("bin");
  const file = fileURLToPath(new URL("bin/authkit-emulator.mjs", folder));
  expect((await stat(file)).mode & 0o111).toBe(0o111);
  expect(await readFile(file, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/u);
  const { stdout } = await promisify(execFile)(process.execPath, [file, "--version"]);
  expect(stdout).toBe(`${manifest.version}\n`);
});
