import type { AccessTokenClaims } from "../standards/access-token.js";
import type { VerifiedCredential } from "../credential/verify-credential.js";
import type { CustomClaims } from "./register.js";

/** The raw claims of the token, with the app's schema applied when it gave one. */
export type Claims = AccessTokenClaims & CustomClaims;

/** Who is calling: what the access token of this request contains, and nothing else. Frozen. */
export interface Session {
  /** WorkOS user ID (`sub`), `user_…`. */
  readonly userId: string;
  /** `sid`: in tokens from Connect the ID of the user's consent (`app_consent_…`). */
  readonly sessionId: string;
  /** The organization chosen at sign-in, if any (`org_id`). */
  readonly organizationId: string | undefined;
  /** Role in that organization, if the token has it; `getAccess()` resolves the caller's roles in any case. */
  readonly role: string | undefined;
  /** Every role, if the token has them. */
  readonly roles: readonly string[] | undefined;
  /** Permissions, if the token has them; `getAccess()` resolves the caller's permissions in any case. */
  readonly permissions: readonly string[] | undefined;
  /** The MCP client that the user signed in with (`client_id`); a URL when it registered by CIMD. */
  readonly clientId: string | undefined;
  /** Granted OAuth scopes; empty when there are none. */
  readonly scopes: readonly string[];
  /** Who at WorkOS acts in the user's name (`act.sub`), if any. */
  readonly impersonator: string | undefined;
  /** When the token ends (`exp`). A new Date at every reading. */
  readonly expiresAt: Date;
  /** When the token was issued (`iat`). A new Date at every reading. */
  readonly issuedAt: Date;
  /** The raw claims, with the result of `claimsSchema` laid over them. */
  readonly claims: Claims;
}

/** Makes the session of a user; undefined for another kind of caller. Does NOT ask WorkOS anything. */
export function sessionFrom(credential: VerifiedCredential): Session | undefined {
  if (credential.kind === "api-key" || credential.principal.kind !== "user") return undefined;
  const { claims, authkit, principal: user } = credential;
  const { exp, iat } = claims;
  return Object.freeze({
    userId: user.id,
    sessionId: user.sessionId,
    organizationId: authkit.organizationId,
    role: authkit.role,
    roles:
      authkit.roles ?? (authkit.role === undefined ? undefined : Object.freeze([authkit.role])),
    permissions: authkit.permissions,
    clientId: authkit.clientId,
    scopes: authkit.scopes,
    impersonator: authkit.impersonator,
    // A Date cannot be frozen, so every access makes a new one.
    get expiresAt(): Date {
      return new Date(exp * 1000);
    },
    get issuedAt(): Date {
      return new Date(iat * 1000);
    },
    claims,
  });
}
