import type { KnownFault } from "./fault.js";
import { isWithin, findFaultTargets, type FaultTarget } from "./fault-target.js";
import type { RateLimit } from "./read-fault.js";

/** Which parts of the emulator are broken right now. */
export interface FaultSwitch {
  /** Breaks a part until what is returned is disposed, or `recover()` reaches it. */
  fail(target: FaultTarget, fault: KnownFault | RateLimit): Disposable;
  /** Ends the faults of a target and of its parts. */
  recover(target: FaultTarget): void;
  /** Finds the fault that a request to this path meets: the narrowest target's, and of that the latest. */
  meet(path: string): KnownFault | undefined;
}

interface ActiveFault {
  readonly target: FaultTarget;
  readonly meet: () => KnownFault | undefined;
}

export function createFaultSwitch(now: () => number): FaultSwitch {
  let active: readonly ActiveFault[] = [];
  return {
    fail(target, fault) {
      const added = {
        target,
        meet: fault.kind === "rate-limit" ? createRateLimit(fault, now) : () => fault,
      };
      // The latest first.
      active = [added, ...active];
      return {
        [Symbol.dispose]: () => void (active = active.filter((one) => one !== added)),
      };
    },
    recover: (whole) => void (active = active.filter(({ target }) => !isWithin(target, whole))),
    meet(path) {
      for (const target of findFaultTargets(path)) {
        for (const one of active) {
          const fault = one.target === target ? one.meet() : undefined;
          if (fault !== undefined) return fault;
        }
      }
      return undefined;
    },
  };
}

/** Lets so many requests through in each window, and answers the rest with 429. */
function createRateLimit(
  { requests, perSeconds }: RateLimit,
  now: () => number,
): ActiveFault["meet"] {
  let endsAt = -Infinity;
  let left = 0;
  return () => {
    const time = now();
    if (time >= endsAt) {
      endsAt = time + perSeconds * 1000;
      left = requests;
    }
    left -= 1;
    if (left >= 0) return undefined;
    return { kind: "status", status: 429, retryAfterSeconds: Math.ceil((endsAt - time) / 1000) };
  };
}
