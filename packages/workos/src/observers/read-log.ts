import { problemAt, type Problem } from "../errors.js";
import { hasMethods, readKnownMembers } from "../known-members.js";
import { closestTo } from "../standards/closest-name.js";
import type { Members } from "../standards/members.js";

/** Where log lines go: `console` fits, and so do pino and winston. Each method takes one whole line. */
export interface Logger {
  /** Takes lines of the level `debug`; `info` takes them when it is left out. */
  debug?(line: string): void;
  /** Takes lines of the level `info`. */
  info(line: string): void;
  /** Takes lines of the level `warn`. */
  warn(line: string): void;
  /** Takes lines of the level `error`. */
  error(line: string): void;
}

/** `debug` has a line for every call, `info` for changes, `warn` for refusals, `error` for faults that need a fix. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** How log lines are written. */
export interface LogOptions {
  /** The least level that is written. Default `"info"`. */
  readonly level?: LogLevel;
  /** One sentence a line for people, the default, or one JSON object a line for machines. */
  readonly format?: "json" | "text";
  /** Where lines go. Default the console. */
  readonly logger?: Logger;
}

export type LogSettings = Required<LogOptions>;

const OPTIONS = ["level", "format", "logger"];
const LEVELS = ["debug", "info", "warn", "error"] as const;
const FORMATS = ["json", "text"] as const;
const METHODS = ["info", "warn", "error"] as const;

/**
 * Checks the option `log` and completes it.
 *
 * @param problems takes one for each mistake, with its path.
 * @returns undefined for `false`: no line is written.
 */
export function readLog(given: unknown, problems: Problem[]): LogSettings | undefined {
  if (given === false) return undefined;
  const options = readOptions(given === undefined ? {} : given, problems);
  const level = readChoice("level", options["level"], LEVELS, problems) ?? "info";
  const format = readChoice("format", options["format"], FORMATS, problems) ?? "text";
  const { logger = console } = options;
  if (!isLogger(logger)) {
    problems.push(
      problemAt(
        "log.logger",
        "must have info(), warn() and error(), as console does, and may have debug()",
      ),
    );
  }
  return { level, format, logger: logger as Logger };
}

function readOptions(given: unknown, problems: Problem[]): Members {
  // A console is given as it was once; its methods are no options.
  if (isLogger(given)) {
    problems.push(problemAt("log", "is a logger: write log: { logger }"));
    return {};
  }
  const level = LEVELS.find((one) => one === given);
  if (level !== undefined) {
    problems.push(problemAt("log", `is an object: write log: { level: "${level}" }`));
    return {};
  }
  const form = "must be false, or an object with level, format or logger";
  return readKnownMembers({ path: "log", names: OPTIONS, form }, given, problems) ?? {};
}

function readChoice<Choice extends string>(
  name: string,
  given: unknown,
  choices: readonly Choice[],
  problems: Problem[],
): Choice | undefined {
  const found = choices.find((choice) => choice === given);
  if (given === undefined || found !== undefined) return found;
  // "warning" has "warn" in it, and is further from it than a misspelling.
  const word = typeof given === "string" ? given.toLowerCase() : "";
  const meant = choices.find((choice) => word.startsWith(choice)) ?? closestTo(word, choices);
  const hint = meant === undefined ? "" : `: is "${meant}" meant?`;
  const all = choices.map((choice) => `"${choice}"`).join(", ");
  problems.push(problemAt(`log.${name}`, `must be one of ${all}${hint}`));
  return undefined;
}

function isLogger(value: unknown): boolean {
  try {
    if (!hasMethods(value, ...METHODS)) return false;
    const { debug } = value as { readonly debug?: unknown };
    return debug === undefined || typeof debug === "function";
  } catch {
    // A getter that throws.
    return false;
  }
}
