import { expect, it } from "vitest";
import { ConfigurationError, WorkOSPluginError } from "../src/index.js";

it("can be told apart by class, name and code", () => {
  const error = new WorkOSPluginError("no_session", "x");
  expect(error).toBeInstanceOf(Error);
  expect([error.name, error.code, error.message]).toEqual(["WorkOSPluginError", "no_session", "x"]);
});

it("lists every problem, and keeps them one by one", () => {
  const given = ["first", "second"];
  const error = new ConfigurationError(given);
  given.push("third");
  expect(error).toBeInstanceOf(WorkOSPluginError);
  expect([error.name, error.code]).toEqual(["ConfigurationError", "invalid_configuration"]);
  expect(error.message).toBe("workosProvider() cannot start:\n  - first\n  - second");
  expect(error.problems).toEqual(["first", "second"]);
  expect(Object.isFrozen(error.problems)).toBe(true);
});
