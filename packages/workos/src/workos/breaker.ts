import { ApiLeftAloneError } from "./failure.js";

/** A circuit breaker, which leaves WorkOS alone after failures in a row. */
export interface Breaker {
  /**
   * Begins a call.
   *
   * @returns what ends it.
   * @throws ApiLeftAloneError while no call is made, and while the one that tries again is under way.
   */
  readonly begin: () => () => void;
  /** Takes how an attempt ended. */
  readonly learn: (isFailure: boolean, problem: string) => void;
  readonly isOpen: () => boolean;
  /** Whether calls are made; true again as soon as the next one may try. */
  readonly mayTry: () => boolean;
}

/** For how long WorkOS is left alone until one call tries again. */
const OPEN_FOR_MS = 5_000;

/**
 * Makes a circuit breaker.
 *
 * @param most failures in a row after which it opens; Infinity: never.
 * @param now milliseconds of a clock that never goes back.
 * @param report is called when calls are no longer made, and when they are again.
 */
export function createBreaker(
  most: number,
  now: () => number,
  report: (state: "unreachable" | "recovered", detail: string) => void,
): Breaker {
  let failures = 0;
  let openUntil = -Infinity;
  let isTrying = false;
  const isOpen = (): boolean => failures >= most;
  const mayTry = (): boolean => !isOpen() || now() >= openUntil;
  return {
    isOpen,
    mayTry,
    begin() {
      const isProbe = isOpen();
      if (!mayTry() || (isProbe && isTrying)) throw new ApiLeftAloneError();
      isTrying = isProbe;
      return () => {
        if (isProbe) isTrying = false;
      };
    },
    learn(isFailure, problem) {
      if (!isFailure) {
        if (isOpen()) report("recovered", "the WorkOS API answers again");
        failures = 0;
        return;
      }
      failures += 1;
      if (!isOpen()) return;
      openUntil = now() + OPEN_FOR_MS;
      if (failures === most) report("unreachable", `${problem}, ${most} times in a row`);
    },
  };
}
