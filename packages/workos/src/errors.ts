import { closestTo } from "./standards/closest-name.js";
import { documentationUrl } from "./standards/documentation.js";

/**
 * Codes of the exceptions that this package throws; each has a section in `docs/errors.md`. An exception is a mistake
 * of the operator or the programmer; a refused request is never one (see `token/refusal.ts`).
 *
 * - `invalid_configuration`: `workosProvider()`, a factory such as `auditLogs()`, or `compareAccess()` was given options
 *   or environment variables that cannot work. The message lists every problem with its cure.
 * - `no_session`: `getSession()`, `getCaller()` or another function about the caller ran
 *   outside an authenticated request: at module level, on the stdio transport, or in a
 *   timer or queue that outlived the response it was born in.
 * - `not_a_user`: `getSession()` or `getUser()` ran in a request that an application
 *   or an API key made; `getCaller()` returns which.
 * - `no_provider`: `getClient()` ran before `workosProvider()` was called, or
 *   outside a request while several environments are configured.
 * - `access_denied`: `require()` found that the caller may not (`AccessDeniedError`). The message is
 *   written for the caller; thrown out of a tool it becomes the tool's answer.
 * - `access_unavailable`: WorkOS could not be asked what the caller may do; try again.
 * - `outbox_unavailable`: `auditLogs({ outbox })` cannot use its file: no SQLite in this Node, no such folder, or
 *   another process has it.
 * - `answer_withheld`, `denied_too_late`: a tool that `runAs()` ran did not await, or not obey, what it asked about its
 *   caller's access; a server withholds the answer.
 * - `invalid_rule`: `has()` or `require()` was given requirements that cannot work, or `on()` a resource.
 */
export type ErrorCode =
  | "invalid_configuration"
  | "no_session"
  | "not_a_user"
  | "no_provider"
  | "access_denied"
  | "access_unavailable"
  | "outbox_unavailable"
  | "answer_withheld"
  | "denied_too_late"
  | "invalid_rule";

/** The same symbol in every copy of this package: a bundle and node_modules may each hold one. */
const ERROR_CLASS = Symbol.for("@xmcp-dev/workos:error-class");

/**
 * Makes `instanceof` true for instances of the class of this name from any copy of the package, and of its subclasses.
 *
 * Does NOT change what `instanceof` means for subclasses that do not call this.
 */
export function shareAcrossCopies(errorClass: { readonly prototype: object }, name: string): void {
  Object.defineProperty(errorClass.prototype, ERROR_CLASS, { value: name });
  Object.defineProperty(errorClass, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      return this === errorClass
        ? hasClass(value, name)
        : Function.prototype[Symbol.hasInstance].call(this as () => void, value);
    },
  });
}

function hasClass(value: unknown, name: string): boolean {
  let holder: unknown = value;
  while (typeof holder === "object" && holder !== null) {
    if (Object.getOwnPropertyDescriptor(holder, ERROR_CLASS)?.value === name) return true;
    holder = Object.getPrototypeOf(holder);
  }
  return false;
}

/** The class of every exception that this package throws on purpose; `code` distinguishes them. */
export class WorkOSAuthError extends Error {
  /** The name of the class. */
  override readonly name: string = "WorkOSAuthError";
  /** What went wrong, as docs/errors.md explains it. */
  readonly code: ErrorCode;
  /** URL of the code's section in the documentation. */
  readonly docs: string;

  static {
    shareAcrossCopies(this, "WorkOSAuthError");
  }

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.docs = documentationUrl("errors", code);
  }
}

/** One mistake in a configuration. */
export interface Problem {
  /** Where it is, as one would write it: `revocation.webhook.path`, `access.tools["refund"].permissions`. */
  readonly path: string;
  /** What is wrong and what to do, in one sentence that can be read alone. */
  readonly message: string;
}

/** Builds the problem of a value: its path, and what is wrong with it. */
export function problemAt(path: string, isWrong: string): Problem {
  return { path, message: `${path} ${isWrong}` };
}

/** What is likely meant by members that there never were and that no spelling leads to, by their path. */
const MEANT: Readonly<Record<string, string>> = {
  audit: "observers: [auditLogs()]",
  domain: "authkitDomain",
  "log.sink": "logger",
  logger: "log: { logger }",
  scopes: "scopesSupported",
  trustedProxies: "trustedProxyCount",
};

/**
 * Builds the problem of a member that does not exist: its new name, the one that is probably meant, or those there are.
 *
 * @param renamed new names by former ones.
 */
export function unknownAt(
  parent: string,
  name: string,
  names: readonly string[],
  renamed: Readonly<Record<string, string>> = {},
): Problem {
  const path = parent === "" ? name : `${parent}.${name}`;
  const now = Object.hasOwn(renamed, name) ? renamed[name] : undefined;
  if (now !== undefined) return problemAt(path, `is now called ${now}`);
  const meant = Object.hasOwn(MEANT, path) ? MEANT[path] : closestTo(name, names);
  return problemAt(
    path,
    meant === undefined
      ? `is unknown; there are ${names.join(", ")}`
      : `is unknown: is ${meant} meant?`,
  );
}

/** Thrown with every problem of a configuration at once; `problems` has them one by one. */
export class ConfigurationError extends WorkOSAuthError {
  /** The name of the class. */
  override readonly name: string = "ConfigurationError";
  /** Every mistake, each with the path of its value. */
  readonly problems: readonly Problem[];

  static {
    shareAcrossCopies(this, "ConfigurationError");
  }

  /** @param refused what the problems keep from working, in a clause for the first line of the message. */
  constructor(problems: readonly Problem[], refused = "workosProvider() cannot start") {
    super(
      "invalid_configuration",
      `${refused}:\n${problems.map(({ message }) => `  - ${message}\n`).join("")}See ${documentationUrl("errors", "invalid_configuration")}`,
    );
    this.problems = Object.freeze(problems.map((problem) => Object.freeze({ ...problem })));
  }
}
