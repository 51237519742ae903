import type { AuthEvent, Trail } from "./event.js";

/** Receives every event. Must not block; what it throws, or its promise rejects with, is logged and changes nothing. */
export interface Observer {
  /** Distinguishes it in the log from the other observers. */
  readonly name: string;
  /** Receives each event; what it throws is logged and dropped. */
  onEvent(event: AuthEvent): void;
}

/** An observer as the trail calls it. */
export interface NamedListener {
  readonly name: string;
  /** Returns what the observer returns: a promise of it must be watched. */
  readonly onEvent: (event: AuthEvent) => unknown;
}

/**
 * Joins the log and observers into one trail, so that a broken observer cannot break a request or its neighbours.
 *
 * @param log writes an event's line; it comes first.
 * @param now milliseconds since the epoch.
 */
export function createTrail(
  observers: readonly NamedListener[],
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
