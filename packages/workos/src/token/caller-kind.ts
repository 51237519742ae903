/**
 * Who may call: a person (`user`), an application for itself (`application`, client
 * credentials), or the holder of a WorkOS API key (`api-key`).
 */
export type CallerKind = "user" | "application" | "api-key";

/** Every kind of caller. */
export const CALLER_KINDS: ReadonlySet<CallerKind> = new Set(["user", "application", "api-key"]);
