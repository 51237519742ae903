import type { Schedule } from "../standards/schedule.js";
import { MAX_BACKOFF_MS } from "./outbox.js";

/** Entries that may be sent at once after a pause. */
const MAX_BURST = 5;
/** After a failure the next attempt waits so long, twice as long after each further one, in milliseconds. */
const MIN_BACKOFF_MS = 1_000;

/** Creates a clock that never goes back: what is waited for is not waited for longer because the time was set. */
export function createSteadyClock(now: () => number): () => number {
  let seen = -Infinity;
  let behind = 0;
  return () => {
    const time = now();
    if (time < seen) behind += seen - time;
    seen = time;
    return time + behind;
  };
}

/** Spreads entries over time: so many a second, and a few at once after a pause. */
export function createPace(
  maxPerSecond: number,
  now: () => number,
): { readonly opensAt: () => number; readonly count: () => void } {
  const interval = 1000 / maxPerSecond;
  let paidUntil = -Infinity;
  return {
    opensAt: () => paidUntil - (MAX_BURST - 1) * interval,
    count: () => void (paidUntil = Math.max(paidUntil, now()) + interval),
  };
}

/** Creates the wait after so many failures in a row, in milliseconds. */
export function createBackoff(random: () => number): (times: number) => number {
  return (times) => {
    const longest = Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** (times - 1));
    // From half to the whole, so that a fleet does not come back as one.
    return Math.ceil(longest * (0.5 + random() / 2));
  };
}

/** A time at which a function is called; to set it again moves it. */
export interface Alarm {
  readonly set: (at: number) => void;
  readonly cancel: () => void;
  /** What it is set for; Infinity when it is not. */
  readonly setFor: () => number;
}

/**
 * Creates an alarm.
 *
 * @param longest it rings so long after it was set, at the latest.
 */
export function createAlarm(
  ring: () => void,
  longest: number,
  now: () => number,
  schedule: Schedule,
): Alarm {
  let cancel = (): void => undefined;
  let next = Infinity;
  const run = (): void => {
    next = Infinity;
    ring();
  };
  return {
    set(at) {
      cancel();
      const time = now();
      next = Math.max(time, Math.min(at, time + longest));
      cancel = schedule(run, Math.ceil(next - time));
    },
    cancel() {
      cancel();
    },
    setFor: () => next,
  };
}
