/**
 * Codes of the exceptions that this package throws. An exception is a mistake of
 * the operator or the programmer; a refused request is never one (see
 * `token/refusal.ts`).
 *
 * - `invalid_configuration`: `workosProvider()` was given options or environment
 *   variables that cannot work. The message lists every problem with its cure.
 * - `no_session`: `getSession()`, `getCaller()` or another function about the caller ran
 *   outside an authenticated request: at module level, on the stdio transport, or in a
 *   timer or queue that outlived the response it was born in.
 * - `not_a_user`: `getSession()` or `getUser()` ran in a request that an application
 *   or an API key made; `getCaller()` tells who it is.
 * - `no_provider`: `getClient()` ran before `workosProvider()` was called, or
 *   outside a request while several environments are configured.
 * - `access_denied`: `requireAccess()` found that the caller may not. The message is
 *   written for the caller; thrown out of a tool it becomes the tool's answer.
 * - `access_unavailable`: WorkOS could not be asked what the caller may do; try again.
 * - `outbox_unavailable`: `auditLogs({ outbox })` cannot use its file: no SQLite in this Node, no such folder, or
 *   another process has it.
 * - `invalid_rule`: `requireAccess()` or `hasAccess()` was given a rule that cannot work.
 */
export type WorkOSErrorCode =
  | "invalid_configuration"
  | "no_session"
  | "not_a_user"
  | "no_provider"
  | "access_denied"
  | "access_unavailable"
  | "outbox_unavailable"
  | "invalid_rule";

/** The one class of every exception this package throws on purpose; tell them apart by `code`. */
export class WorkOSPluginError extends Error {
  override readonly name: string = "WorkOSPluginError";
  readonly code: WorkOSErrorCode;

  constructor(code: WorkOSErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Thrown by `workosProvider()` with every configuration problem at once; `problems` has them one by one. */
export class ConfigurationError extends WorkOSPluginError {
  override readonly name: string = "ConfigurationError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      "invalid_configuration",
      `workosProvider() cannot start:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`,
    );
    this.problems = Object.freeze([...problems]);
  }
}
