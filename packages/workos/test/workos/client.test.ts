import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createClient } from "../../src/workos/client.js";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

it.each([
  ["a decision waits", true, 2_500],
  ["a tool waits", false, 10_000],
])(
  "gives up on an API that does not answer while %s: impatient %s, after %i ms",
  async (_, isImpatient, limit) => {
    const client = createClient({
      apiKey: "sk_test_0123456789",
      clientId: "client_01",
      apiUrl: new URL("http://127.0.0.1:4100"),
      isImpatient,
      fetch: (_input, init) =>
        new Promise((_resolve, reject) => {
          init?.signal?.addEventListener("abort", () => {
            reject(new DOMException("aborted", "AbortError"));
          });
        }),
    });
    let outcome = "waits";
    void client()
      .userManagement.getUser("user_01ADA")
      .then(
        () => (outcome = "answered"),
        () => (outcome = "gave up"),
      );
    await vi.advanceTimersByTimeAsync(limit - 1);
    expect(outcome).toBe("waits");
    await vi.advanceTimersByTimeAsync(1);
    expect(outcome).toBe("gave up");
  },
);
