import { defineConfig } from "vitest/config";

/** What decides who gets in: below this, coverage is a failure. */
const decisive = ["standards", "authkit", "workos", "trail", "token", "session", "access", "guard"]
  .map((floor) => `packages/workos/src/${floor}/**`)
  .concat("packages/workos/src/errors.ts");

/** These build xmcp apps, start servers and browsers. */
const slow = ["test/{e2e,attacks,conformance,faults,hosts,soak}/**/*.test.ts"];

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    setupFiles: ["test/support/patience.ts"],
    pool: "threads",
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: [
            "{packages,examples}/*/test/**/*.test.ts",
            "test/**/*.test.ts",
            "docs/snippets/**/*.test.ts",
          ],
          exclude: slow,
          maxWorkers: "100%",
          sequence: { groupOrder: 1 },
        },
      },
      {
        // One file at a time, after the rest.
        extends: true,
        test: {
          name: "e2e",
          include: slow,
          pool: "forks",
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 240_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
    coverage: {
      provider: "v8",
      include: ["packages/*/src/**/*.ts"],
      reporter: ["text-summary", "json-summary"],
      thresholds: Object.fromEntries(decisive.map((glob) => [glob, { lines: 95, branches: 95 }])),
    },
  },
});
