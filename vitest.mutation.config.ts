import { defineConfig } from "vitest/config";

/** The tests that run against mutants: see stryker.config.mjs. */
export default defineConfig({
  test: {
    include: ["packages/workos/test/**/*.test.ts"],
    exclude: [
      "packages/workos/test/attacks/{differential,flood,mutations,concurrency}.test.ts",
      "packages/workos/test/docs/**",
      // It needs a server of test/, which is not copied.
      "packages/workos/test/guard/rate-limit-redis.test.ts",
    ],
    testTimeout: 10_000,
  },
});
