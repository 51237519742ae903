import { describe, expect, it } from "vitest";
import type { Problem } from "../../src/errors.js";
import { readLog } from "../../src/observers/read-log.js";
import { GOOD, problemsOf } from "../server/configuration-problems.js";

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
const LOGGER =
  "log.logger must have info(), warn() and error(), as console does, and may have debug()";
const FORM = "log must be false, or an object with level, format or logger";

describe("the option log", () => {
  it("is complete when nothing is given, and off when it is false", () => {
    const complete = { level: "info", format: "text", logger: console };
    expect(readLog(undefined, [])).toEqual(complete);
    expect(readLog({}, [])).toEqual(complete);
    expect(readLog({ level: "warn", format: "json", logger }, [])).toEqual({
      level: "warn",
      format: "json",
      logger,
    });
    expect(readLog(false, [])).toBeUndefined();
  });

  it.each<[unknown, string, string]>([
    [
      { level: "warning" },
      "log.level",
      'log.level must be one of "debug", "info", "warn", "error": is "warn" meant?',
    ],
    [{ level: 3 }, "log.level", 'log.level must be one of "debug", "info", "warn", "error"'],
    [
      { format: "JSON5" },
      "log.format",
      'log.format must be one of "json", "text": is "json" meant?',
    ],
    [{ levl: "warn" }, "log.levl", "log.levl is unknown: is level meant?"],
    [{ logger: { info: () => 0 } }, "log.logger", LOGGER],
    [{ logger: { ...logger, debug: 5 } }, "log.logger", LOGGER],
    [{ logger: null }, "log.logger", LOGGER],
    [console, "log", "log is a logger: write log: { logger }"],
    ["debug", "log", 'log is an object: write log: { level: "debug" }'],
    [{ sink: console }, "log.sink", "log.sink is unknown: is logger meant?"],
    [logger, "log", "log is a logger: write log: { logger }"],
    [true, "log", FORM],
    ["verbose", "log", FORM],
    [null, "log", FORM],
    [[], "log", FORM],
    [Promise.resolve({}), "log", FORM],
  ])("%o is a problem, with its path", (given, path, message) => {
    const problems: Problem[] = [];
    readLog(given, problems);
    expect(problems).toEqual([{ path, message }]);
    expect(problemsOf({ ...GOOD, log: given as never })).toEqual([message]);
  });
});
