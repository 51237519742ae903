import { defineConfig } from "vitest/config";

/** The tests that run against mutants: see stryker.config.mjs. */
export default defineConfig({
  test: {
    include: ["packages/workos/test/**/*.test.ts"],
    exclude: [
      "packages/workos/test/attacks/{differential,flood,mutations,concurrency}.test.ts",
      "packages/workos/test/docs/**",
    ],
    testTimeout: 10_000,
  },
});
