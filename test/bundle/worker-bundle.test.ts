import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as root from "@xmcp-dev/workos";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { bundleForWorker } from "./worker-bundle.ts";

const folder = import.meta.dirname;
const ALLOWED = ["async_hooks", "node:async_hooks"];
const forbidden = (imports: readonly string[]): string[] =>
  imports.filter((one) => !ALLOWED.some((name) => one.endsWith(` -> ${name}`)));

const names = Object.keys(root);
const inTools = names.filter((name) => name !== "workosProvider");

describe("the root in a Worker's bundle", () => {
  it("needs async_hooks of Node and nothing else, used or not", async () => {
    const everything = 'import * as all from "@xmcp-dev/workos"; globalThis.all = all;';
    const whole = await bundleForWorker(everything, { folder, isShaken: false });
    expect(forbidden(whole.met)).toEqual([]);
    expect(whole.left).toEqual([expect.stringMatching(/session\/store\.js -> async_hooks$/)]);
    expect(whole.code).toContain("workosProvider");
  });

  it.each(inTools)(
    "%s needs no more, also for a bundler without the condition workerd",
    async (name) => {
      const tool = `import { ${name} } from "@xmcp-dev/workos"; globalThis.tool = ${name};`;
      for (const conditions of [["workerd"], ["worker", "browser"], []]) {
        const { left } = await bundleForWorker(tool, { folder, conditions });
        expect([conditions, forbidden(left)]).toEqual([conditions, []]);
      }
    },
  );

  it("runs: outside a request a tool's function says so", async () => {
    const tool = 'export { getSession as tool } from "@xmcp-dev/workos";';
    const { code } = await bundleForWorker(tool, { folder });
    const { tool: getSession } = (await import(
      `data:text/javascript,${encodeURIComponent(code)}`
    )) as { tool: () => unknown };
    expect(() => getSession()).toThrow("outside");
  });
});

describe("the root's two builds", () => {
  const importWorkerd = async (): Promise<typeof root> =>
    (await import(
      new URL("index.workerd.js", import.meta.resolve("@xmcp-dev/workos")).href
    )) as typeof root;

  it("export the same names", async () => {
    expect(Object.keys(await importWorkerd()).toSorted()).toEqual(names.toSorted());
  });

  it("a Worker's workosProvider() refuses every request with 500 and says why", async () => {
    const error = vi.spyOn(console, "error").mockReturnValue();
    onTestFinished(() => error.mockRestore());
    const { workosProvider } = await importWorkerd();
    const middleware = workosProvider();
    expect(error.mock.calls).toEqual([
      [
        "[workos] Refusing every request with 500: workosProvider() needs Node's HTTP server, and this was built for a Worker. There workosWorker() of @xmcp-dev/workos/workers guards it, around the whole worker",
      ],
    ]);
    const call = middleware as unknown as (request: Request, context: unknown) => Promise<Response>;
    const answer = await call(new Request("https://mcp.example.com/mcp"), { setAuth: () => {} });
    expect(answer.status).toBe(500);
    expect(await answer.json()).toMatchObject({ reason: "internal_fault" });
    expect((await middleware.health()).isReady).toBe(false);
    await middleware.close();
  });
});

describe("the check of a Worker's bundle", () => {
  const plant = (files: Readonly<Record<string, string>>): string => {
    const scratch = mkdtempSync(join(tmpdir(), "worker-bundle-"));
    onTestFinished(() => rmSync(scratch, { recursive: true }));
    const home = join(scratch, "node_modules/planted");
    mkdirSync(home, { recursive: true });
    const exports = { ".": { workerd: "./worker.js", default: "./node.js" } };
    const manifest = { name: "planted", type: "module", sideEffects: false, exports };
    writeFileSync(join(home, "package.json"), JSON.stringify(manifest));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(home, name), text);
    return scratch;
  };
  const NODE =
    'import net from "node:net"; export const used = () => Date.now(); export const door = () => net;';

  it.each([
    ["an import", 'import fs from "node:fs"; export const used = () => fs;', "node:fs"],
    ["a bare name", 'import { isIP } from "net"; export const used = isIP;', "net"],
    ["a subpath", 'import fs from "fs/promises"; export const used = () => fs;', "fs/promises"],
    ["a dynamic import", 'export const used = () => import("node:http");', "node:http"],
  ])("sees %s that stays", async (_, text, module) => {
    const planted = plant({ "worker.js": text, "node.js": NODE });
    const tool = 'import { used } from "planted"; globalThis.used = used;';
    const { left } = await bundleForWorker(tool, { folder: planted });
    expect(forbidden(left)).toEqual([`node_modules/planted/worker.js -> ${module}`]);
  });

  it("sees what a module in the bundle imports and does not use: another bundler leaves that", async () => {
    const planted = plant({ "worker.js": NODE, "node.js": NODE });
    const tool = 'import { used } from "planted"; globalThis.used = used;';
    const { left } = await bundleForWorker(tool, { folder: planted });
    expect(forbidden(left)).toEqual(["node_modules/planted/worker.js -> node:net"]);
  });

  it("takes the workerd build, and another without the condition", async () => {
    const planted = plant({ "worker.js": "export const used = 'worker';", "node.js": NODE });
    const tool = 'import { used } from "planted"; globalThis.used = used;';
    expect((await bundleForWorker(tool, { folder: planted })).met).toEqual([]);
    const other = await bundleForWorker(tool, { folder: planted, conditions: [] });
    expect(other.met).toEqual(["node_modules/planted/node.js -> node:net"]);
  });

  it("fails when a package is not there", async () => {
    await expect(bundleForWorker('import "no-such-package";', { folder })).rejects.toThrow(
      "no-such-package",
    );
  });
});
