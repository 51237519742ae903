/**
 * Mutation testing of packages/workos, on demand: `npm run mutation` (scripts/mutation.ts, which says
 * what is mutated and which tests run, and judges the score).
 *
 * Only unit tests run against the mutants. Left out are the slow ones (floods, 104,000 tokens), which would find
 * mutants too but make the run last hours.
 */
export default {
  testRunner: "vitest",
  vitest: { configFile: "vitest.mutation.config.ts", related: false },
  plugins: ["@stryker-mutator/vitest-runner"],
  coverageAnalysis: "perTest",
  concurrency: 2,
  timeoutMS: 5_000,
  reporters: ["json", "progress"],
  jsonReporter: { fileName: "reports/mutation.json" },
  tempDirName: ".stryker-tmp",
  ignorePatterns: [
    "/test",
    "!/test/support/patience.ts",
    "/examples",
    "/docs",
    "/bench",
    "/reports",
    "/coverage",
  ],
};
