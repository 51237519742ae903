/**
 * Who may call: a person (`user`), an application for itself (`application`, client
 * credentials), or the holder of a WorkOS API key (`api-key`).
 */
export type CallerKind = "user" | "application" | "api-key";
