import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";

export const folderOf = (example: string): string =>
  join(import.meta.dirname, "../../examples", example);

/**
 * Builds an example as its user would, with `xmcp build`.
 *
 * xmcp puts the port into the build and ignores PORT later, and it exits 0 on
 * some failures: so the output is what is looked at.
 */
export function buildExample(example: string, port: number): void {
  const folder = folderOf(example);
  const server = join(folder, "dist/http.js");
  rmSync(server, { force: true });
  const { stdout, stderr } = spawnSync("xmcp", ["build"], {
    cwd: folder,
    env: { ...process.env, [`${example.toUpperCase()}_PORT`]: String(port) },
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (!existsSync(server) || /\bERROR\b/.test(stdout)) {
    process.stderr.write(
      `${stdout}${stderr}\nxmcp could not build examples/${example}; its words are above.\n`,
    );
    process.exit(1);
  }
}
