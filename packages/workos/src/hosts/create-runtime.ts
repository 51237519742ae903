import { joinRequestScopes, joinLearning, type CheckedObserver } from "../observers/hooks.js";
import { logLines } from "../observers/log-lines.js";
import type { LogSettings } from "../observers/read-log.js";
import type { Runtime } from "../server/runtime.js";
import type { RuntimeOverrides } from "../server/runtime-overrides.js";
import { createTrail } from "../trail/observer.js";
import { byTimer } from "./by-timer.js";

/** What each kind of runtime has in a form of its own. */
export type Platform = Pick<Runtime, "digest" | "newId">;

/** A clock of the machine that is this much ahead of where it was, in milliseconds, was set or slept; less is drift. */
const DRIFT = 1_000;

/**
 * Makes a clock that never shows less time than has passed, so that nothing looks younger than it is: one clock of the
 * machine may be set back, and the other stands still while the machine sleeps. Shows more when a clock is set forward.
 *
 * @param wall milliseconds since the epoch.
 * @param steady milliseconds, never set; need not go on while nothing runs (POSIX CLOCK_MONOTONIC).
 */
export function createElapsed(wall: () => number, steady: () => number): () => number {
  let slept = 0;
  let ahead = wall() - steady();
  return () => {
    const now = steady();
    const before = ahead;
    ahead = wall() - now;
    if (ahead - before > DRIFT) slept += ahead - before;
    return now + slept;
  };
}

/** The real world, as far as the overrides leave it in place. */
export function createRuntime(
  { fetch = globalThis.fetch, now: given, schedule = byTimer }: RuntimeOverrides,
  observers: readonly CheckedObserver[],
  log: LogSettings | undefined,
  platform: Platform,
): Runtime {
  const startRequestScope = joinRequestScopes(observers);
  const learnNames = joinLearning(observers);
  const now = given ?? Date.now;
  return {
    ...platform,
    fetch,
    now,
    elapsed: given ?? createElapsed(Date.now, () => performance.now()),
    schedule,
    trail: createTrail(observers, log && logLines(log, now, schedule), now),
    isObserved: observers.length > 0 || log?.level === "debug",
    connect: (connection) => observers.flatMap(({ hooks }) => hooks.connect?.(connection) ?? []),
    ...(startRequestScope === undefined ? {} : { startRequestScope }),
    ...(learnNames === undefined ? {} : { learnNames }),
  };
}
