import type { OutboxCount, OutboxEntry } from "../audit/outbox.js";
import type { RecordedArguments, Trail } from "../trail/event.js";
import { dropRejection, type NamedListener, type Observer } from "../trail/observer.js";
import { within as inTime } from "../trail/time-limit.js";
import type { DeliveryResult } from "../workos/audit-log-event.js";

/** A request under observation, before anything is known of it. */
export interface ObservedRequest {
  readonly method: string;
  /** The header fields, in lower case, without Authorization and Cookie. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The message's `params._meta`; undefined for a batch. */
  readonly meta: object | undefined;
}

/** The context in which the work of one request runs. */
export interface RequestScope {
  /** Runs a part of the request's work, the tools included, in this context. */
  readonly run: <Result>(work: () => Result) => Result;
  /** The answer has ended. */
  readonly end: (status: number) => void;
}

/** Names of what a server registers. */
export interface RegisteredNames {
  readonly tools?: readonly string[];
  readonly prompts?: readonly string[];
}

/** What an observer of this package does beside. */
export interface ObserverHooks {
  /** Starts a context for a request at its beginning, such as a tracer's span. Internal: OpenTelemetry alone has one. */
  readonly startRequestScope?: (request: ObservedRequest) => RequestScope;
  /** Takes the names that the server registers, once they are known, so that it can tell those from invented ones. */
  readonly learnNames?: (registered: RegisteredNames) => void;
  /** Takes what it needs to deliver something, when the server starts. Called once. */
  readonly connect?: (connection: Connection) => Connected;
}

/** An observer whose form was checked. */
export interface CheckedObserver extends NamedListener {
  readonly hooks: ObserverHooks;
}

/** A member that no observer of others has by accident; the same symbol in every copy of this package. */
const HOOKS = Symbol.for("@xmcp-dev/workos:observer-hooks");

/** Gives an observer its hooks. */
export function withHooks<Own extends Observer>(observer: Own, hooks: ObserverHooks): Own {
  return Object.assign(observer, { [HOOKS]: hooks });
}

export function readHooks(observer: Observer): ObserverHooks {
  return (observer as { readonly [HOOKS]?: ObserverHooks })[HOOKS] ?? {};
}

/** What an observer is given. */
export interface Connection {
  /** Sends an audit log event to WorkOS, once; never rejects. */
  readonly sendAuditLogEvent: (entry: OutboxEntry) => Promise<DeliveryResult>;
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
  /**
   * Waits until what was recorded since the last call is stored, or cannot be for now; undefined when there is nothing
   * to wait for. Never rejects.
   */
  readonly stored?: () => Promise<void> | undefined;
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
 * Joins the request scopes of several observers into one; nothing when no observer has any. A scope that throws is left
 * out; the work runs exactly once whatever happens, and what it returns or throws passes whatever the scopes do with it.
 */
export function joinRequestScopes(
  observers: readonly CheckedObserver[],
): ((request: ObservedRequest) => RequestScope) | undefined {
  const starters = observers.flatMap(({ hooks }) => hooks.startRequestScope ?? []);
  if (starters.length === 0) return undefined;
  return (request) => {
    const scopes: RequestScope[] = [];
    for (const start of starters) {
      try {
        const scope = start(request);
        dropRejection(scope);
        scopes.push(scope);
      } catch {
        // An observer is never allowed to change what happens to a request.
      }
    }
    return {
      run: (work) => scopes.reduceRight((inner, scope) => () => runWithin(scope, inner), work)(),
      end(status) {
        for (const scope of scopes) {
          try {
            dropRejection(scope.end(status));
          } catch {
            // As above.
          }
        }
      },
    };
  };
}

/** Runs the work in a scope, or without when the scope fails before it has run. */
function runWithin<Result>(scope: RequestScope, work: () => Result): Result {
  let done: { readonly value: Result } | { readonly error: unknown } | undefined;
  // A scope may call it never, twice or too late; only the first time counts.
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
    const returned: unknown = scope.run(once);
    // The work's own promise is its caller's to look after.
    if (done === undefined || !("value" in done) || returned !== done.value)
      dropRejection(returned);
  } catch {
    // What the work threw is thrown again below, and nothing else matters.
  }
  return once();
}

/** Joins what a request waits for before its tool runs; undefined when no observer stores anything out of process. */
export function joinStored(connected: readonly Connected[]): Connected["stored"] {
  const storing = connected.flatMap(({ stored }) => stored ?? []);
  if (storing.length === 0) return undefined;
  return () => {
    const waits = storing.flatMap((stored) => stored() ?? []);
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
  };
}

/** An observer that has not closed so long after its time is left alone. */
const CLOSING_GRACE_MS = 500;

/** Contains what an observer that delivers something throws when it is asked for its health, or closed. */
export function shield({ close, health, stored }: Connected): Connected {
  let last: OutboxCount = { waiting: 0, failed: 0, lost: 0, oldest: undefined };
  return {
    ...(stored === undefined ? {} : { stored }),
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
