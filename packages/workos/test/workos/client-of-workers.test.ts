import { afterEach, expect, it, vi } from "vitest";
import { createClient } from "../../src/workos/client.js";

// What bundlers take for Workers and for the edge.
vi.mock("@workos-inc/node", () => import("@workos-inc/node/worker"));

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const access = (fetch: typeof globalThis.fetch) => ({
  apiKey: "sk_test_1",
  clientId: "client_1",
  apiUrl: new URL("https://api.workos.com"),
  fetch,
  isImpatient: true,
});

it("the SDK's build for Workers asks through the fetch that it is given, and follows no redirect", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new Error("the global fetch")));
  const asked: unknown[] = [];
  const client = createClient(
    access(async (input, init) => {
      asked.push([input, init?.redirect, new Headers(init?.headers).get("authorization")]);
      return Response.json({ id: "user_1" });
    }),
  );
  expect(await client().userManagement.getUser("user_1")).toMatchObject({ id: "user_1" });
  expect(asked).toEqual([
    ["https://api.workos.com/user_management/users/user_1", "manual", "Bearer sk_test_1"],
  ]);
});

it("the SDK's build for Workers waits no longer than it is told", async () => {
  vi.useFakeTimers();
  const client = createClient(
    access(
      (_, init) =>
        new Promise((_resolve, reject) => {
          init?.signal?.addEventListener("abort", () => {
            reject(init.signal?.reason as Error);
          });
        }),
    ),
  );
  const answer = client()
    .userManagement.getUser("user_1")
    .catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(2_500);
  expect(await answer).toMatchObject({ status: 408 });
});
