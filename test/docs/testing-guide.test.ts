import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const FILE = join(import.meta.dirname, "../../docs/snippets/testing/reports.node-test.ts");

describe("the guide's tests for node:test", () => {
  it("pass", () => {
    const { NODE_ENV: _, NODE_TEST_CONTEXT: __, ...env } = process.env;
    const report = execFileSync(
      process.execPath,
      ["--experimental-strip-types", "--test", "--test-reporter=tap", FILE],
      { env },
    ).toString();
    expect(report).toMatch(/^# pass 4$/m);
    expect(report).toMatch(/^# fail 0$/m);
  });
});
