/**
 * Prints one line, "N passed, N failed[, N skipped]", counted from vitest's JSON report. Fails when
 * something failed, and when nothing ran at all.
 *
 *   node .ci/count-tests.mjs reports/vitest.json
 */
import { existsSync, readFileSync } from "node:fs";

const [file = "reports/vitest.json"] = process.argv.slice(2);
const suites = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).testResults : [];
const tests = suites.flatMap(({ assertionResults }) => assertionResults);

const passed = tests.filter(({ status }) => status === "passed").length;
// A file that could not be loaded has no tests to show for it, and is a failure all the same.
const unloaded = suites.filter(
  ({ status, assertionResults }) =>
    status === "failed" && !assertionResults.some((test) => test.status === "failed"),
).length;
const failed = tests.filter(({ status }) => status === "failed").length + unloaded;
const skipped = tests.length - passed - (failed - unloaded);

if (passed + failed === 0) console.error(`No tests ran: ${file} has none.`);
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
