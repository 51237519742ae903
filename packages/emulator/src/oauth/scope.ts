import { accept, refuse, type OAuthResult } from "./oauth-error.js";

/** The scopes AuthKit has, in the order its metadata lists them; rights are roles and permissions, never scopes. */
export const supportedScopes: readonly string[] = ["email", "offline_access", "openid", "profile"];

const defaultScopes: readonly string[] = ["openid", "profile", "email"];

/** Reads a `scope` parameter (RFC 6749 section 3.3): left out, it means the default; an unknown one is refused. */
export function readScope(scope: string | undefined): OAuthResult<readonly string[]> {
  const scopes = splitScope(scope ?? "");
  if (scopes.length === 0) return accept(defaultScopes);
  if (scopes.some((name) => !supportedScopes.includes(name))) {
    return refuse(
      "invalid_scope",
      `The scopes are ${supportedScopes.join(", ")}; a requested one is none of them.`,
    );
  }
  return accept(scopes);
}

/** Reads the `scope` of a refresh: it may leave granted scopes out and add none (RFC 6749 section 6). */
export function narrowScope(
  granted: readonly string[],
  scope: string | undefined,
): OAuthResult<readonly string[]> {
  const scopes = splitScope(scope ?? "");
  if (scopes.length === 0) return accept(granted);
  if (scopes.every((name) => granted.includes(name))) return accept(scopes);
  return refuse("invalid_scope", "A requested scope was not granted.");
}

export function splitScope(scope: string): readonly string[] {
  return [...new Set(scope.split(" ").filter((name) => name !== ""))];
}
