import { defineConfig } from "vitest/config";

/** The tests that run against mutants, as scripts/mutation.ts says; all of the lower floors without it. */
const { MUTATION_TESTS: tests = "packages/workos/test/**/*.test.ts" } = process.env;

export default defineConfig({
  test: {
    include: tests.split(" "),
    exclude: [
      "packages/workos/test/attacks/{differential,flood,mutations,concurrency}.test.ts",
      "packages/workos/test/docs/**",
      // It needs a server of test/, which is not copied.
      "packages/workos/test/guard/rate-limit-redis.test.ts",
    ],
    testTimeout: 10_000,
    setupFiles: ["test/support/patience.ts"],
  },
});
