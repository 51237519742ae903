import type { Fault, FaultTarget } from "./fault.js";

/** Which parts of the emulator are broken right now. */
export interface FaultSwitch {
  set(target: FaultTarget, fault: Fault): void;
  clear(): void;
}

/** Creates a switch, and the look-up of the fault that a path meets; a fault of its own comes before that of "all". */
export function createFaultSwitch(): FaultSwitch & { faultFor(path: string): Fault | undefined } {
  const faults = new Map<FaultTarget, Fault>();
  return {
    set: (target, fault) => void faults.set(target, fault),
    clear: () => faults.clear(),
    faultFor(path) {
      const target = targetOf(path);
      return (target === undefined ? undefined : faults.get(target)) ?? faults.get("all");
    },
  };
}

function targetOf(path: string): FaultTarget | undefined {
  if (path === "/oauth2/jwks") return "jwks";
  if (path === "/oauth2/token") return "token";
  if (path.startsWith("/.well-known/")) return "metadata";
  return path.startsWith("/oauth2/") ? undefined : "api";
}
