/**
 * Mutation testing of floors 0 to 5 of packages/workos, on demand: `npm run mutation`.
 *
 * Only the unit tests run against the mutants. Left out are the slow ones (floods, 104,000 tokens), which would
 * find mutants too but make the run last hours.
 */
export default {
  testRunner: "vitest",
  vitest: { configFile: "vitest.mutation.config.ts", related: false },
  plugins: ["@stryker-mutator/vitest-runner"],
  mutate: [
    "packages/workos/src/{standards,authkit,workos,trail,token,session,access,guard}/**/*.ts",
    "packages/workos/src/errors.ts",
  ],
  coverageAnalysis: "perTest",
  concurrency: 2,
  timeoutMS: 10_000,
  thresholds: { high: 95, low: 90, break: 90 },
  reporters: ["clear-text", "json", "progress"],
  jsonReporter: { fileName: "reports/mutation.json" },
  clearTextReporter: { logTests: false, allowColor: false },
  tempDirName: ".stryker-tmp",
  ignorePatterns: ["/test", "/examples", "/docs", "/bench", "/reports", "/coverage"],
};
