import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { within } from "../../src/trail/time-limit.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("gives the answer that comes in time, and leaves no timer", async () => {
  await expect(within(10_000, Promise.resolve("taken"))).resolves.toBe("taken");
  expect(vi.getTimerCount()).toBe(0);
});

it("passes on what the answer throws, and leaves no timer", async () => {
  await expect(within(10_000, Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(vi.getTimerCount()).toBe(0);
});

it("rejects with the time when none has come", async () => {
  const waiting = within(10_000, new Promise(() => undefined)).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await waiting).toMatchObject({
    name: "TimeLimitError",
    message: "no answer within 10 seconds",
  });
});
