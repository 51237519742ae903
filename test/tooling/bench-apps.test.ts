import { afterAll, expect, test } from "vitest";
import { rmSync } from "node:fs";
import { buildApp, OURS, runApp } from "../../bench/apps.ts";

const built: string[] = [];
afterAll(() => {
  for (const folder of built) rmSync(folder, { recursive: true, force: true });
});

test("there are as many apps of ours as the bench measures", () => {
  expect(OURS).toStrictEqual(["ours", "no-op", "lists", "observed", "toggled"]);
});

// The start checks of the server are stricter now and then, and the bench runs on demand only.
test.each(OURS)("the bench's app %s builds and starts", { timeout: 120_000 }, async (name) => {
  const app = await buildApp(name);
  built.push(app.folder);
  const running = await runApp(app, { issuer: "http://127.0.0.1:9", pinned: false });
  const answer = await fetch(`http://127.0.0.1:${app.port}/mcp`, { method: "POST" });
  await running.stop();
  expect(answer.status).toBeLessThan(500);
});
