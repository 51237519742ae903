import { afterAll, beforeAll, expect, test, vi } from "vitest";

beforeAll(() => {
  vi.stubEnv("WORKOS_API_KEY", "sk_test_docs");
  vi.stubEnv("WORKOS_CLIENT_ID", "client_01DOCS");
  vi.stubEnv("WORKOS_WEBHOOK_SECRET", "whsec_docs");
  vi.stubEnv("BASE_URL", "http://127.0.0.1:3002");
  // Nothing listens there, so nothing is ready.
  vi.stubEnv("WORKOS_AUTHKIT_DOMAIN", "http://127.0.0.1:9");
  vi.stubEnv("WORKOS_API_URL", "http://127.0.0.1:9");
  vi.stubGlobal("console", { ...console, info: () => undefined, warn: () => undefined });
});

afterAll(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

test("the guide's servers start, and tell that they are not ready", async () => {
  const { isReady, polling, strict } = await import("../../docs/snippets/revocation.ts");
  expect(await isReady()).toBe(false);
  await polling.close();
  await strict.close();
});
