import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const folder = fileURLToPath(new URL("../..", import.meta.url));
const program = `${folder}reports/program`;

beforeAll(async () => {
  const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  await promisify(execFile)(process.execPath, [compiler, "-p", folder, "--outDir", program]);
});

afterAll(() => rm(program, { recursive: true, force: true }));

function run(argv: readonly string[]): { child: ChildProcess; printed: () => string } {
  const env = { ...process.env, NODE_ENV: "test" };
  const child = spawn(process.execPath, [`${program}/cli/main.js`, ...argv], {
    env,
    stdio: "pipe",
  });
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return { child, printed: () => text };
}

describe("the program", () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "serves until %s, and then ends cleanly",
    async (signal) => {
      const { child, printed } = run(["--port", "0"]);
      while (!printed().includes("Stop with Ctrl-C")) await once(child.stdout ?? child, "data");
      const issuer = /Issuer: +(\S+)/u.exec(printed())?.[1] ?? "";
      expect((await fetch(`${issuer}/oauth2/jwks`)).status).toBe(200);
      child.kill(signal);
      expect(await once(child, "exit")).toEqual([0, null]);
    },
  );

  it("exits with 1 when it cannot start", async () => {
    const { child, printed } = run(["--port", "none"]);
    expect(await once(child, "close")).toEqual([1, null]);
    expect(printed()).toBe(
      "--port must be a number from 0 to 65535.\nTry npx @xmcp-dev/authkit-emulator --help.\n",
    );
  });
});
