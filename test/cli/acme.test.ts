import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { startEmulator, type Emulator } from "@xmcp-dev/authkit-emulator";
import { explainAccess, type AccessUse } from "@xmcp-dev/workos/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { access } from "../../examples/acme/src/access.ts";
import { acmeFolder, acmeHas, acmeSeed, acmeSights } from "../support/acme.ts";
import { drawSight } from "../support/sight.ts";

const bin = join(import.meta.dirname, "../../packages/workos/bin/xmcp-workos.mjs");

let authkit: Emulator;
beforeAll(async () => {
  authkit = await startEmulator({ seed: acmeSeed });
});
afterAll(async () => {
  await authkit?.close();
});

/** Runs the package's command in the example's folder, as its developer and its CI do. */
async function run(...args: string[]): Promise<string> {
  const env = { ...process.env, ...authkit.env };
  const { stdout } = await promisify(execFile)(process.execPath, [bin, ...args], {
    cwd: acmeFolder,
    env,
  });
  return stdout;
}

describe("examples/acme", () => {
  it("has the types of its tools and prompts, and of the roles and flags in its seed", async () => {
    expect(await run("types", "--check")).toBe(
      "src/workos-types.d.ts is up to date: 7 tools, 2 prompts, 4 permissions, 3 roles, 1 feature flag\n",
    );
  });

  it("has a snapshot of who may use what, which its README shows", async () => {
    expect(await run("access", "--check")).toBe("access.snapshot.md is up to date.\n");
    const snapshot = readFileSync(join(acmeFolder, "access.snapshot.md"), "utf8");
    const readme = readFileSync(join(acmeFolder, "README.md"), "utf8");
    const [, tools = ""] = /## Tools\n\n([^#]+)\n\n##/.exec(snapshot) ?? [];
    expect(tools).toContain("admin_list_team");
    expect(readme).toContain(tools);
  });

  it.each(acmeSights)("draws the card of $who, $as, from its map", async (sight) => {
    const uses: AccessUse[] = [
      ...acmeHas.Tools.map((tool) => ({ tool })),
      ...acmeHas.Resources.map((resource) => ({ resource })),
      ...acmeHas.Prompts.map((prompt) => ({ prompt })),
    ];
    const explained = await Promise.all(
      uses.map((use) => explainAccess(access, sight.persona, use)),
    );
    const sees = Object.values(acmeHas)
      .flat()
      .filter((_, index) => explained[index]?.outcome !== "denied");
    expect(sees.toSorted()).toEqual(sight.sees.toSorted());
    await expect(drawSight({ ...sight, has: acmeHas, sees })).toMatchFileSnapshot(
      join(acmeFolder, "cards", `${sight.card}.svg`),
    );
  });
});
