import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Bench } from "../bench.ts";
import { median, shuffled } from "../numbers.ts";

/** Milliseconds until what a server imports is there, in a fresh process; the median. */
export function measureImports(bench: Bench): Record<string, number> {
  const measured = bench.targets.filter(
    ({ name, imports }) => imports.length > 0 || name === "xmcp-plugin",
  );
  const times = new Map<string, number[]>(measured.map(({ name }) => [name, []]));
  const rounds = bench.isQuick ? 2 : 9;
  for (let round = 0; round < rounds; round += 1) {
    bench.say(`imports: round ${round + 1} of ${rounds}`);
    for (const { name, imports } of shuffled(measured)) {
      const work =
        name === "xmcp-plugin"
          ? `await importPlugin(${JSON.stringify(bench.pluginFolder)})`
          : imports.map((one) => `await import(${JSON.stringify(one)})`).join(";");
      times.get(name)?.push(timed(work, name === "xmcp-plugin"));
    }
  }
  return Object.fromEntries([...times].map(([name, own]) => [name, median(own)]));
}

function timed(work: string, isPlugin: boolean): number {
  const hooks = pathToFileURL(join(import.meta.dirname, "../targets/xmcp-plugin-hooks.ts")).href;
  const before = isPlugin ? `const { importPlugin } = await import(${JSON.stringify(hooks)});` : "";
  const script = `${before} const start = performance.now(); ${work};
    console.log("took", performance.now() - start);`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--no-warnings", "--input-type=module", "--eval", script],
    { cwd: join(import.meta.dirname, ".."), encoding: "utf8", timeout: 60_000 },
  );
  const took = /^took (\S+)/m.exec(stdout)?.[1];
  if (took === undefined) throw new Error(`an import failed: ${stderr}`);
  return Number(took);
}
