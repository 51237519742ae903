import type {
  RequestScope,
  Connected,
  Connection,
  ObservedRequest,
  RegisteredNames,
} from "../observers/hooks.js";
import type { Schedule } from "../standards/schedule.js";
import type { Trail } from "../trail/event.js";

/** What the outside world lends: everything here can be replaced in a test. */
export interface Runtime {
  readonly fetch: typeof globalThis.fetch;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds of a clock that never goes back, for how much time has passed. */
  readonly elapsed: () => number;
  readonly schedule: Schedule;
  /** SHA-256, as text. */
  readonly digest: (text: string) => string | Promise<string>;
  readonly trail: Trail;
  /** Whether every answer is reported, and not refusals alone. */
  readonly isObserved: boolean;
  /** Connects the observers that deliver something. */
  readonly connect: (connection: Connection) => readonly Connected[];
  /** A text that was never used before. */
  readonly newId: () => string;
  /** Starts the context of a request; left out when no observer has one. */
  readonly startRequestScope?: (request: ObservedRequest) => RequestScope;
  /** Gives observers the names of what the server registers; left out when none takes them. */
  readonly learnNames?: (registered: RegisteredNames) => void;
}
