import type { Trail, TrailEvent } from "./event.js";
import type { Sent } from "./delivery.js";
import type { Letter, OutboxCount } from "./outbox.js";

/** A request under observation, before anything is known of it. */
export interface ObservedRequest {
  readonly method: string;
  /** The header fields, in lower case, without Authorization and Cookie. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The message's `params._meta`; undefined for a batch. */
  readonly meta: object | undefined;
}

/** What accompanies one request. */
export interface Companion {
  /** Runs a part of the request's work, the tools included, in the companion's context. */
  readonly run: <Result>(work: () => Result) => Result;
  /** The answer has ended. */
  readonly end: (status: number) => void;
}

/** Hears every event. An observer must not block; what it throws is dropped. */
export interface Observer {
  (event: TrailEvent): void;
  /** Accompanies a request from its beginning; a tracer needs that. */
  readonly accompany?: (request: ObservedRequest) => Companion;
  /** Gives it what it needs, when the server starts; an observer that delivers something has this. Called once. */
  readonly connect?: (connection: Connection) => Connected;
}

/** What an observer is given. */
export interface Connection {
  /** Sends an audit log event to WorkOS, once; never rejects. */
  readonly sendAuditLogEvent: (letter: Letter) => Promise<Sent>;
  readonly trail: Trail;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly schedule: (run: () => void, delay: number) => () => void;
}

/** What an observer that delivers something can be asked for. */
export interface Connected {
  /** Delivers what waits, for so many milliseconds at most, and ends; never rejects. */
  readonly close: (within: number) => Promise<void>;
  readonly health: () => OutboxCount;
}

/** Joins observers into one trail, so that a broken observer cannot break a request or its neighbours. */
export function createTrail(observers: readonly Observer[]): Trail {
  return (event) => {
    const frozen = Object.freeze(event);
    for (const observe of observers) {
      try {
        observe(frozen);
      } catch {
        // An observer is never allowed to change what happens to a request.
      }
    }
  };
}

/**
 * Joins the companions of several observers into one; nothing when nobody accompanies
 * requests. A companion that throws is left out; the work runs exactly once whatever happens.
 */
export function joinCompanions(
  observers: readonly Observer[],
): ((request: ObservedRequest) => Companion) | undefined {
  const accompanying = observers.flatMap(({ accompany }) =>
    accompany === undefined ? [] : [accompany],
  );
  if (accompanying.length === 0) return undefined;
  return (request) => {
    const companions: Companion[] = [];
    for (const accompany of accompanying) {
      try {
        companions.push(accompany(request));
      } catch {
        // An observer is never allowed to change what happens to a request.
      }
    }
    return {
      run: (work) =>
        companions.reduceRight(
          (inner, { run }) =>
            () =>
              run(inner),
          work,
        )(),
      end(status) {
        for (const companion of companions) {
          try {
            companion.end(status);
          } catch {
            // As above.
          }
        }
      },
    };
  };
}
