import type { VerifiedCredential } from "../credential/verify-credential.js";
import { deepFreeze } from "../standards/deep-freeze.js";
import type { VerifiedToken } from "../token/verify.js";

/** What xmcp, through the MCP SDK, shows a tool as `extra.authInfo`. */
export interface AuthInfo {
  /** Always a placeholder: a tool must not pass the caller's credential on (MCP, token passthrough). */
  readonly token: string;
  /** The MCP client of a user, the application itself, or the API key's ID. */
  readonly clientId: string;
  /** The granted OAuth scopes; empty for an API key. */
  readonly scopes: string[];
  /** Seconds since the epoch; an API key has no end. */
  readonly expiresAt?: number;
  /** The resource identifier of this server. */
  readonly resource: URL;
  /** What else identifies the caller. */
  readonly extra: Record<string, unknown>;
}

/** Stands where the raw credential was. */
export const WITHHELD = "[access token withheld by @xmcp-dev/workos]";

/** What was last said of a token that is remembered: many requests bring the same. */
const said = new WeakMap<VerifiedToken, { readonly resource: string; readonly info: AuthInfo }>();

/** Describes a verified credential in the MCP SDK's words; frozen, since requests with the same token share it. */
export function toAuthInfo(credential: VerifiedCredential, resource: string): AuthInfo {
  if (credential.kind === "api-key") return deepFreeze(describe(credential, resource));
  const before = said.get(credential);
  if (before?.resource === resource) return before.info;
  const info = deepFreeze(describe(credential, resource));
  said.set(credential, { resource, info });
  return info;
}

function describe(credential: VerifiedCredential, resource: string): AuthInfo {
  if (credential.kind === "api-key") {
    const { id, organizationId, permissions } = credential.key;
    return {
      token: WITHHELD,
      clientId: id,
      scopes: [],
      get resource() {
        return new URL(resource);
      },
      extra: { caller: "api-key", organizationId, permissions },
    };
  }
  const { claims, authkit, principal } = credential;
  const { organizationId, impersonator } = authkit;
  return {
    token: WITHHELD,
    clientId: authkit.clientId ?? (principal.kind === "application" ? principal.id : ""),
    scopes: [...authkit.scopes],
    expiresAt: claims.exp,
    // Made on first access: a URL is dear, can be changed, and hardly any tool wants it.
    get resource() {
      return new URL(resource);
    },
    extra:
      principal.kind === "user"
        ? {
            caller: "user",
            userId: principal.id,
            sessionId: principal.sessionId,
            organizationId,
            impersonator,
          }
        : { caller: "application", organizationId, impersonator },
  };
}
