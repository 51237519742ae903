import { expect, it, vi } from "vitest";
import { findCaller, getClient } from "../../../src/index.js";
import { workosProvider } from "../../../src/index.workerd.js";

it("a Worker's provider lets findCaller() take no request for stdio, and has no client", () => {
  vi.spyOn(console, "error").mockReturnValue();
  expect(findCaller()).toBeUndefined();
  workosProvider();
  expect(() => findCaller()).toThrow("findCaller() was called outside an authenticated request.");
  expect(() => getClient()).toThrow("getClient() was called before workosProvider().");
});
