import type { RecordedArguments, Trail, AuthEvent } from "./event.js";
import { within as inTime } from "./time-limit.js";
import type { Sent } from "../audit/delivery.js";
import type { OutboxEntry, OutboxCount } from "../audit/outbox.js";

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

/** Names of what a server registers. */
export interface RegisteredNames {
  readonly tools?: readonly string[];
  readonly prompts?: readonly string[];
}

/** Receives every event. Must not block; what it throws, or its promise rejects with, is logged and changes nothing. */
export interface Observer {
  /** Distinguishes it in the log from the other observers. */
  readonly name: string;
  onEvent(event: AuthEvent): void;
}

/** What an observer of this package does beside. */
export interface ObserverHooks {
  /** Accompanies a request from its beginning; a tracer needs that. */
  readonly accompany?: (request: ObservedRequest) => Companion;
  /** Takes the names that the server registers, once they are known, so that it can tell those from invented ones. */
  readonly learnNames?: (registered: RegisteredNames) => void;
  /** Takes what it needs to deliver something, when the server starts. Called once. */
  readonly connect?: (connection: Connection) => Connected;
}

/** An observer whose form was checked. */
export interface CheckedObserver {
  readonly name: string;
  /** Returns what the observer returns: a promise of it must be watched. */
  readonly onEvent: (event: AuthEvent) => unknown;
  readonly hooks: ObserverHooks;
}

/** A member that no observer of others has by accident; the same symbol in every copy of this package. */
const HOOKS = Symbol.for("@xmcp-dev/workos:observer-hooks");

/** Gives an observer its hooks. */
export function withHooks<Own extends Observer>(observer: Own, hooks: ObserverHooks): Own {
  return Object.assign(observer, { [HOOKS]: hooks });
}

export function hooksOf(observer: Observer): ObserverHooks {
  return (observer as { readonly [HOOKS]?: ObserverHooks })[HOOKS] ?? {};
}

/** What an observer is given. */
export interface Connection {
  /** Sends an audit log event to WorkOS, once; never rejects. */
  readonly sendAuditLogEvent: (letter: OutboxEntry) => Promise<Sent>;
  readonly trail: Trail;
  /** Arguments that events hold. */
  readonly recordArguments: RecordedArguments;
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

/**
 * Joins the log and observers into one trail, so that a broken observer cannot break a request or its neighbours.
 *
 * @param log writes an event's line; it comes first.
 * @param now milliseconds since the epoch.
 */
export function createTrail(
  observers: readonly CheckedObserver[],
  log: ((event: AuthEvent) => void) | undefined,
  now: () => number,
): Trail {
  const trail: Trail = (event) => {
    const frozen = Object.freeze(event);
    try {
      log?.(frozen);
    } catch {
      // A logger that throws has nowhere to say so.
    }
    for (const { name, onEvent } of observers) {
      const fail = (error: unknown): void => {
        // An observer that fails at this one too has been reported.
        if (event.kind !== "advice" || event.code !== "observer_failed") report(name, error);
      };
      try {
        dropRejection(onEvent(frozen), fail);
      } catch (error) {
        fail(error);
      }
    }
  };
  const report = createFaultReports(trail, now);
  return trail;
}

/** An observer's faults are reported so often, in milliseconds. */
const FAULT_INTERVAL_MS = 60_000;

/** Reports an observer's fault at once, and further ones of it with their number once an interval. */
function createFaultReports(
  trail: Trail,
  now: () => number,
): (name: string, error: unknown) => void {
  const reported = new Map<string, { at: number; unreported: number }>();
  return (name, error) => {
    const last = reported.get(name);
    if (last !== undefined && now() - last.at < FAULT_INTERVAL_MS) {
      last.unreported += 1;
      return;
    }
    const more =
      last === undefined || last.unreported === 0
        ? ""
        : ` (${last.unreported} more since the last line)`;
    reported.set(name, { at: now(), unreported: 0 });
    const why = error instanceof Error ? error.message : typeof error;
    const detail = `the observer ${name} failed, and the request went on: ${why}${more}`;
    trail({ kind: "advice", code: "observer_failed", detail });
  };
}

/** Handles the rejection of a promise that nothing awaits, which would end the process. */
export function dropRejection(
  result: unknown,
  onRejected: (error: unknown) => void = () => undefined,
): void {
  if (typeof result !== "object" || result === null || !("then" in result)) return;
  Promise.resolve(result).catch(onRejected);
}

/** Joins what takes registered names; nothing when no observer does. */
export function joinLearning(
  observers: readonly CheckedObserver[],
): ((registered: RegisteredNames) => void) | undefined {
  const learning = observers.flatMap(({ hooks }) => hooks.learnNames ?? []);
  if (learning.length === 0) return undefined;
  return (registered) => {
    for (const learn of learning) {
      try {
        dropRejection(learn(registered));
      } catch {
        // An observer is never allowed to change what happens to a request.
      }
    }
  };
}

/**
 * Joins the companions of several observers into one; nothing when nobody accompanies
 * requests. A companion that throws is left out; the work runs exactly once whatever happens, and what it
 * returns or throws passes whatever the companions do with it.
 */
export function joinCompanions(
  observers: readonly CheckedObserver[],
): ((request: ObservedRequest) => Companion) | undefined {
  const accompanying = observers.flatMap(({ hooks }) => hooks.accompany ?? []);
  if (accompanying.length === 0) return undefined;
  return (request) => {
    const companions: Companion[] = [];
    for (const accompany of accompanying) {
      try {
        const companion = accompany(request);
        dropRejection(companion);
        companions.push(companion);
      } catch {
        // An observer is never allowed to change what happens to a request.
      }
    }
    return {
      run: (work) =>
        companions.reduceRight((inner, companion) => () => runWithin(companion, inner), work)(),
      end(status) {
        for (const companion of companions) {
          try {
            dropRejection(companion.end(status));
          } catch {
            // As above.
          }
        }
      },
    };
  };
}

/** Runs the work in a companion's context, or without when the companion fails before it has run. */
function runWithin<Result>(companion: Companion, work: () => Result): Result {
  let done: { readonly value: Result } | { readonly error: unknown } | undefined;
  // A companion may call it never, twice or too late; only the first time counts.
  const once = (): Result => {
    if (done === undefined) {
      try {
        done = { value: work() };
      } catch (error) {
        done = { error };
      }
    }
    if ("error" in done) throw done.error;
    return done.value;
  };
  try {
    const returned: unknown = companion.run(once);
    // The work's own promise is its caller's to look after.
    if (done === undefined || !("value" in done) || returned !== done.value)
      dropRejection(returned);
  } catch {
    // What the work threw is thrown again below, and nothing else is anybody's concern.
  }
  return once();
}

/** An observer that has not closed so long after its time is left alone. */
const CLOSING_GRACE_MS = 500;

/** Keeps what an observer that delivers something throws from whoever asks how it stands, or ends it. */
export function shield({ close, health }: Connected): Connected {
  let last: OutboxCount = { waiting: 0, dead: 0, lost: 0, oldest: undefined };
  return {
    health() {
      try {
        last = health();
      } catch {
        // What was known last is better than nothing.
      }
      return last;
    },
    async close(within) {
      try {
        // Or the process could not end: whatever the observer promises, it is left alone a little later.
        await inTime(within + CLOSING_GRACE_MS, close(within));
      } catch {
        // It was asked never to reject, and to be in time.
      }
    },
  };
}
