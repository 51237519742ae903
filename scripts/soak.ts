/**
 * `npm run soak`: half a million requests to a built app with everything switched on, beside a troubled AuthKit; writes
 * what it saw to bench/results/soak.md. `npm run soak -- <requests>` sends another number.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { soak } from "../test/soak/soak.ts";
import { problemsOf, report } from "../test/soak/report.ts";

const HALF_A_MILLION = 500_000;

const [given] = process.argv.slice(2);
const requests = Number(given ?? HALF_A_MILLION);
if (!Number.isInteger(requests) || requests < 1_000) {
  console.error("Usage: npm run soak [-- <requests, 1000 or more>]");
  process.exit(2);
}
const start = performance.now();
const figures = await soak({
  requests,
  say: (line) => {
    console.error(`[${((performance.now() - start) / 1000).toFixed(0).padStart(4)} s] ${line}`);
  },
});
const text = report(figures);
console.log(text);
if (requests === HALF_A_MILLION) {
  writeFileSync(join(import.meta.dirname, "../bench/results/soak.md"), text);
}
process.exit(problemsOf(figures).length === 0 ? 0 : 1);
