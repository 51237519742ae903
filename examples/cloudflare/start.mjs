// Runs the Worker in workerd on this machine, as `wrangler dev` does, without an account.
import { Miniflare } from "miniflare";
import { rolldown } from "rolldown";

const { PORT = "3002", ...variables } = process.env;
const bundle = await rolldown({
  input: "src/worker.ts",
  platform: "browser",
  resolve: { conditionNames: ["workerd", "worker", "browser", "import", "default"] },
  plugins: [
    {
      name: "async-hooks",
      resolveId: (id) =>
        /^(node:)?async_hooks$/.test(id) ? { id: "node:async_hooks", external: true } : null,
    },
  ],
});
const { output } = await bundle.generate({ format: "esm", minify: true, codeSplitting: false });
const [{ code }] = output;
const bindings = Object.entries(variables).filter(([name]) => /^(WORKOS_|BASE_URL$)/.test(name));

const worker = new Miniflare({
  modules: [{ type: "ESModule", path: "worker.js", contents: code }],
  bindings: Object.fromEntries(bindings),
  compatibilityDate: "2026-05-01",
  compatibilityFlags: ["nodejs_compat"],
  host: "127.0.0.1",
  port: Number(PORT),
});
const { origin } = await worker.ready;
console.log(`The Worker (${Math.ceil(code.length / 1024)} KiB) listens on ${origin}/mcp`);
process.once("SIGTERM", () => void worker.dispose());
