import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";

export const quickstartFolder: string = join(import.meta.dirname, "../../examples/quickstart");

/**
 * Builds the quickstart as its user would, with `xmcp build`.
 *
 * xmcp puts the port into the build and ignores PORT later, and it exits 0 on
 * some failures: so the output is what is looked at.
 */
export function buildQuickstart(port: number): void {
  const server = join(quickstartFolder, "dist/http.js");
  rmSync(server, { force: true });
  const { stdout, stderr } = spawnSync("xmcp", ["build"], {
    cwd: quickstartFolder,
    env: { ...process.env, QUICKSTART_PORT: String(port) },
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (!existsSync(server) || /\bERROR\b/.test(stdout)) {
    process.stderr.write(
      `${stdout}${stderr}\nxmcp could not build examples/quickstart; its words are above.\n`,
    );
    process.exit(1);
  }
}
