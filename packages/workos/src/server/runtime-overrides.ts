import { isFunction, readFunctionOptions, type MemberForms } from "../known-members.js";
import type { Schedule } from "../standards/schedule.js";

/** What a test or an unusual host may put in the place of the real world. */
export interface RuntimeOverrides {
  /** Read in the place of `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Called in the place of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
  /** Milliseconds since the epoch; must not go back, since it measures how much time has passed too. */
  readonly now?: () => number;
  /** Calls a function later, and returns what cancels it. */
  readonly schedule?: Schedule;
  /** Ends the process when its server was found open. */
  readonly exit?: (code: number) => void;
}

const FORMS: MemberForms<RuntimeOverrides> = {
  env: {
    fits: (value) => typeof value === "object" && value !== null,
    must: "must be an object from names to texts, as process.env is",
  },
  fetch: { fits: isFunction, must: "must be a function, as globalThis.fetch is" },
  now: { fits: isFunction, must: "must be a function that returns milliseconds since the epoch" },
  schedule: {
    fits: isFunction,
    must: "must be a function (run, delayMs) that returns a function to cancel",
  },
  exit: { fits: isFunction, must: "must be a function (code), as process.exit is" },
};

/**
 * Reads what a test or an unusual host puts in the place of the real world.
 *
 * @throws ConfigurationError for an override that does not exist or cannot work.
 */
export function readOverrides(given: RuntimeOverrides): RuntimeOverrides {
  return readFunctionOptions(
    { path: "overrides", forms: FORMS, refused: "workosProvider() cannot start" },
    given,
  );
}
