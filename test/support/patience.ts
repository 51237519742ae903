import { vi } from "vitest";

/** `vi.waitFor()` gives up after a second, which a loaded machine exceeds: no test may assert a time. */
const PATIENCE_MS = 25_000;

const { waitFor } = vi;
vi.waitFor = (callback, options) =>
  waitFor(callback, {
    timeout: PATIENCE_MS,
    ...(typeof options === "number" ? { timeout: options } : options),
  });
