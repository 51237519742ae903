import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installTools } from "./install.ts";

const root = join(import.meta.dirname, "../..");
const readme = readFileSync(join(root, "packages/workos/README.md"), "utf8");

let tools: string;
let folder: string;

beforeAll(async () => {
  tools = await installTools("typescript");
  // Outside the repository: its own node_modules would lend the app types that a new app does not have.
  folder = mkdtempSync(join(tmpdir(), "fresh-app-"));
  installPackages();
});

afterAll(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/** The text of the README's code block with this source. */
function blockOf(source: string): string {
  const block = readme.split(`source="${source}"\n`)[1]?.split("\n```")[0];
  if (block === undefined) throw new Error(`The README has no block of ${source}`);
  return `${block}\n`;
}

/** The packages that the README says to install, with what those need at the compiler's door. */
function packagesToInstall(): readonly string[] {
  const commands = [...readme.matchAll(/^npm install (?:-D )?(\S+)$/gmu)].map(
    ([, name = ""]) => name,
  );
  const needed: Readonly<Record<string, readonly string[]>> = {
    "@xmcp-dev/workos": ["@workos-inc/node", "jose", "lru-cache"],
    "@types/node": ["undici-types"],
  };
  return commands.flatMap((name) => [name, ...(needed[name] ?? [])]);
}

/** Copies the packages into the folder above the apps. */
function installPackages(): void {
  for (const installed of ["xmcp", "zod", ...packagesToInstall()]) {
    const from =
      installed === "@xmcp-dev/workos" ? "packages/workos" : join("node_modules", installed);
    for (const part of installed === "@xmcp-dev/workos" ? ["dist", "package.json"] : ["."]) {
      cpSync(join(root, from, part), join(folder, "node_modules", installed, part), {
        recursive: true,
        dereference: true,
      });
    }
  }
}

function makeApp(name: string): string {
  const app = join(folder, name);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(tools, "create-xmcp-app/index.js"), name, "--yes", "--skip-install"],
    { cwd: folder, encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`create-xmcp-app failed:\n${stdout}${stderr}`);
  return app;
}

function write(app: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(app, path, ".."), { recursive: true });
    writeFileSync(join(app, path), text);
  }
}

/** What a compiler prints about an app; nothing when all is well. */
function compile(version: string, app: string): string {
  const compiler = join(tools, `typescript-${version}`, "bin/tsc");
  const { stdout, stderr } = spawnSync(process.execPath, [compiler, "--noEmit", "-p", "."], {
    cwd: app,
    encoding: "utf8",
  });
  return stdout + stderr;
}

function readmeFiles(): Readonly<Record<string, string>> {
  return {
    "src/middleware.ts": blockOf("../../examples/quickstart/src/middleware.ts"),
    "src/tools/my-tool.ts": blockOf("test/docs/my-tool.ts#tool"),
  };
}

describe.each(["5.9", "6", "7"])("TypeScript %s", (version) => {
  it("runs in the version that its name says", () => {
    const compiler = join(tools, `typescript-${version}`, "bin/tsc");
    const { stdout } = spawnSync(process.execPath, [compiler, "--version"], { encoding: "utf8" });
    expect(stdout).toMatch(new RegExp(`^Version ${version.replace(".", "\\.")}\\.`, "u"));
  });

  it("compiles what create-xmcp-app makes with the README's blocks laid over it", () => {
    const app = makeApp(`made-${version}`);
    write(app, {
      ...readmeFiles(),
      "tsconfig.json": blockOf("../../examples/quickstart/tsconfig.json"),
    });
    expect(compile(version, app)).toBe("");
    // The compiler looked at the files: a mistake in one is found.
    write(app, {
      "src/tools/my-tool.ts": `${readmeFiles()["src/tools/my-tool.ts"]}\nconst x: number = "";\n`,
    });
    expect(compile(version, app)).toContain("TS2322");
  });

  it("compiles the quickstart by itself", () => {
    const app = makeApp(`quickstart-${version}`);
    rmSync(join(app, "src"), { recursive: true });
    for (const path of ["src", "tsconfig.json", "xmcp.config.ts"])
      cpSync(join(root, "examples/quickstart", path), join(app, path), { recursive: true });
    expect(compile(version, app)).toBe("");
  });

  it("needs the README's tsconfig.json: that of create-xmcp-app fails", () => {
    const app = makeApp(`as-made-${version}`);
    write(app, readmeFiles());
    expect(compile(version, app)).toContain(
      version === "5.9" ? "Cannot find module '@xmcp-dev/workos'" : "Cannot find name 'process'",
    );
  });
});
