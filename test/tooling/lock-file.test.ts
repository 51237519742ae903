import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

test("the lock file names the builds for every platform, so that npm ci accepts it", () => {
  const node = file("node_modules/.bin/node");
  const script = file("scripts/complete-lock-file.ts");

  expect(() => execFileSync(node, [script, "--check"], { stdio: "pipe" })).not.toThrow();
});

test.each([
  "package-lock.json",
  "test/conformance/clients/package-lock.json",
  "test/conformance/mcpjam/package-lock.json",
  "test/conformance/suite/package-lock.json",
])("%s names no registry", (lockFile) => {
  expect(readFileSync(file(lockFile), "utf8")).not.toMatch(/"resolved": "https?:/);
});
