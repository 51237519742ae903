import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { startEmulator, parseSeed, type Emulator } from "@xmcp-dev/authkit-emulator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const acme = join(root, "examples/acme");
const bin = join(root, "packages/workos/bin/xmcp-workos.mjs");

let authkit: Emulator;
beforeAll(async () => {
  const seed = parseSeed(readFileSync(join(acme, "seed.yaml"), "utf8"), "yaml");
  authkit = await startEmulator({ seed });
});
afterAll(async () => {
  await authkit?.close();
});

/** Runs the package's command in the example's folder, as its developer and its CI do. */
function run(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const env = { ...process.env, ...authkit.env };
  return promisify(execFile)(process.execPath, [bin, ...args], { cwd: acme, env });
}

describe("the types of examples/acme", () => {
  it("are those of its tools and prompts, and of the roles and flags in its seed", async () => {
    const { stdout } = await run("types", "--check");
    expect(stdout).toBe(
      "src/workos-types.d.ts is up to date: 7 tools, 2 prompts, 4 permissions, 3 roles, 1 feature flag\n",
    );
  });
});
