import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";

const root = join(import.meta.dirname, "../..");
const bin = join(root, "packages/workos/bin/xmcp-workos.mjs");

/** Runs `access` in a project with these files, in a process of its own. */
function access(
  files: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
): Promise<{ code: number; out: string; err: string }> {
  const cwd = mkdtempSync(join(tmpdir(), "map-"));
  onTestFinished(() => {
    rmSync(cwd, { recursive: true });
  });
  const all = {
    "package.json": "{}",
    "xmcp.config.ts": "export default {};",
    "src/tools/refund.ts": "export default () => 1;",
    "people.json": '{ "admin": { "organizationId": "org_01ACME", "roles": ["admin"] } }',
    ...files,
  };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    writeFileSync(join(cwd, path), text);
  }
  symlinkSync(join(root, "node_modules"), join(cwd, "node_modules"));
  const given = [...flags, bin, "access", "--personas", "people.json"];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, given, { cwd }, (_, out, err) => {
      resolve({ code: child.exitCode ?? -1, out, err });
    });
  });
}

const MAP = `import { defineAccess, type AccessMap } from "@xmcp-dev/workos";
const map: AccessMap = { tools: { refund: { role: "admin" } } };
export const access = defineAccess(map);`;

describe("a map in TypeScript", () => {
  it("is loaded as it is, with the package's own functions in it", async () => {
    expect(await access({ "src/access.ts": MAP })).toMatchObject({
      code: 0,
      out: expect.stringContaining("| `refund` | `refund` | yes   |") as string,
    });
  });

  it("does not pass when it ends the process, which checked nothing then", async () => {
    const { code, out, err } = await access({ "src/access.ts": `${MAP}\nprocess.exit(0);` });
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain("a module that it loaded ended the process");
  });

  it("may leave the extension out of what it imports, as xmcp's bundler allows", async () => {
    const files = {
      "src/access.ts": `import { role } from "./roles";\nimport { name } from "./names/index.js";
import { unused } from "./desk";
export default { tools: { [name + unused]: { role } } };`,
      "src/roles.ts": `export const role: string = "admin";`,
      "src/names/index.ts": `export const name: string = "refund";`,
      "src/desk/index.ts": `export const unused: string = "";`,
    };
    expect(await access(files)).toMatchObject({
      code: 0,
      out: expect.stringContaining("| `refund` | `refund` | yes   |") as string,
    });
  });

  it.each([
    [
      "whose import is not there",
      `import "./gone";\nexport const access = {};`,
      "src/access.ts cannot be loaded: Cannot find module",
    ],
    [
      "with a mistake",
      `import { defineAccess } from "@xmcp-dev/workos";
export const access = defineAccess({ tools: { refund: { rolse: "admin" } } } as never);`,
      'src/access.ts cannot be loaded: defineAccess() was given a map that cannot work:\n  - access.tools["refund"].rolse is unknown',
    ],
    [
      "that Node cannot strip of its types",
      "enum Role { Admin = 'admin' }\nexport const access = { tools: { refund: { role: Role.Admin } } };",
      "src/access.ts cannot be loaded: ",
    ],
  ])("%s ends with what is wrong", async (_, map, problem) => {
    const { code, out, err } = await access({ "src/access.ts": map });
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain(problem);
    expect(err).not.toContain("    at ");
  });

  it("needs a Node that strips types, and says so where it does not", async () => {
    expect(await access({ "src/access.ts": MAP }, ["--no-strip-types"])).toEqual({
      code: 1,
      out: "",
      err: `src/access.ts is TypeScript, which Node ${process.versions.node} does not load: use Node 22.18 or newer, or build it and give the JavaScript to --map\n`,
    });
  });
});
