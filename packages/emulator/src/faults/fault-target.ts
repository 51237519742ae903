/** Parts of the emulator, as `fail()` and `requests()` name them; `audit-logs` and `events` are parts of `api`. */
export type FaultTarget = "jwks" | "metadata" | "token" | "api" | "audit-logs" | "events" | "all";

export const faultTargets: readonly FaultTarget[] = [
  "jwks",
  "metadata",
  "token",
  "api",
  "audit-logs",
  "events",
  "all",
];

/** Lists the targets that a path belongs to, the narrowest first. */
export function findFaultTargets(path: string): readonly FaultTarget[] {
  if (path === "/oauth2/jwks") return ["jwks", "all"];
  if (path === "/oauth2/token") return ["token", "all"];
  if (path.startsWith("/.well-known/")) return ["metadata", "all"];
  if (path === "/" || path.startsWith("/oauth2/")) return ["all"];
  if (path === "/events") return ["events", "api", "all"];
  return path.startsWith("/audit_logs/") ? ["audit-logs", "api", "all"] : ["api", "all"];
}

/** Returns whether a target is another one or a part of it. */
export function isWithin(target: FaultTarget, whole: FaultTarget): boolean {
  if (whole === "all" || target === whole) return true;
  return whole === "api" && (target === "audit-logs" || target === "events");
}
