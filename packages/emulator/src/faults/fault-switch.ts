import type { Fault, FaultTarget } from "./fault.js";

/** Which parts of the emulator are broken right now. */
export interface FaultSwitch {
  set(target: FaultTarget, fault: Fault): void;
  clear(): void;
}

type Broken = () => Exclude<Fault, { kind: "rate-limit" }> | undefined;

/** Creates a switch, and the look-up of the fault that a path meets; a fault of its own comes before that of "all". */
export function createFaultSwitch(
  now: () => number,
): FaultSwitch & { faultFor(path: string): ReturnType<Broken> } {
  const faults = new Map<FaultTarget, Broken>();
  return {
    set: (target, fault) =>
      void faults.set(
        target,
        fault.kind === "rate-limit" ? createRateLimit(fault, now) : () => fault,
      ),
    clear: () => faults.clear(),
    faultFor(path) {
      const target = targetsOf(path).find((name) => faults.has(name));
      return target === undefined ? undefined : faults.get(target)?.();
    },
  };
}

/** Lets so many requests through in each window, and answers the rest with 429. */
function createRateLimit(
  { requests, seconds }: Extract<Fault, { kind: "rate-limit" }>,
  now: () => number,
): Broken {
  let endsAt = -Infinity;
  let left = 0;
  return () => {
    const time = now();
    if (time >= endsAt) {
      endsAt = time + seconds * 1000;
      left = requests;
    }
    left -= 1;
    if (left >= 0) return undefined;
    return { kind: "status", status: 429, retryAfter: Math.ceil((endsAt - time) / 1000) };
  };
}

/** The targets that a path belongs to, the narrowest first. */
function targetsOf(path: string): readonly FaultTarget[] {
  if (path === "/oauth2/jwks") return ["jwks", "all"];
  if (path === "/oauth2/token") return ["token", "all"];
  if (path.startsWith("/.well-known/")) return ["metadata", "all"];
  if (path.startsWith("/oauth2/")) return ["all"];
  if (path === "/events") return ["events", "api", "all"];
  return path.startsWith("/audit_logs/") ? ["audit-logs", "api", "all"] : ["api", "all"];
}
