/**
 * Kinds of caller: a user who signed in, an AI agent with an identity of its own, an application for itself (client
 * credentials), or the holder of a WorkOS API key. Agents cannot call yet.
 */
export type CallerKind = "user" | "agent" | "application" | "api-key";

/** Kinds of caller that may be configured. */
export const CALLER_KINDS: ReadonlySet<CallerKind> = new Set(["user", "application", "api-key"]);

/** Explains why an agent may not be configured. */
export const NO_AGENTS_YET = "agents are not supported yet";
