import type { UserPrincipal } from "../authkit/claims.js";
import type { AccessTokenClaims } from "../standards/access-token.js";
import type { VerifiedToken } from "../token/verify.js";
import type { CustomClaims } from "./register.js";

/** The raw claims of the token, with the app's schema applied when it gave one. */
export type SessionClaims = AccessTokenClaims & CustomClaims;

/** Who is calling: what AuthKit said in the access token of this request. Frozen. */
export interface Session {
  /** WorkOS user ID (`sub`), `user_…`. */
  readonly userId: string;
  /** `sid`: in tokens from Connect the ID of the user's consent (`app_consent_…`). */
  readonly sessionId: string;
  /** The organization chosen at sign-in, if any (`org_id`). */
  readonly organizationId: string | undefined;
  /** Role in that organization: from the token, or from WorkOS when an access rule or `getPermissions()` asked. */
  readonly role: string | undefined;
  /** Every role, from the same sources. */
  readonly roles: readonly string[] | undefined;
  /** Permissions, from the same sources; undefined when nobody asked. */
  readonly permissions: readonly string[] | undefined;
  /** The MCP client that the user signed in with (`client_id`); a URL when it registered by CIMD. */
  readonly clientId: string | undefined;
  /** Granted OAuth scopes; empty when there are none. */
  readonly scopes: readonly string[];
  /** Who at WorkOS acts in the user's name (`act.sub`), when somebody does. */
  readonly impersonator: string | undefined;
  /** When the token ends (`exp`). A new Date at every reading. */
  readonly expiresAt: Date;
  /** When the token was issued (`iat`). A new Date at every reading. */
  readonly issuedAt: Date;
  readonly claims: SessionClaims;
}

/** What WorkOS said of the caller's membership, beyond the token. */
export interface MembershipRights {
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
}

/**
 * Makes the session of a verified user token; what the token says comes before what
 * WorkOS said. Does NOT ask WorkOS anything.
 */
export function sessionFrom(
  { claims, authkit }: VerifiedToken,
  user: UserPrincipal,
  membership?: MembershipRights,
): Session {
  const { exp, iat } = claims;
  return Object.freeze({
    userId: user.id,
    sessionId: user.sessionId,
    organizationId: authkit.organizationId,
    role: authkit.role ?? membership?.roles[0],
    roles:
      authkit.roles ??
      (authkit.role === undefined ? membership?.roles : Object.freeze([authkit.role])),
    permissions: authkit.permissions ?? membership?.permissions,
    clientId: authkit.clientId,
    scopes: authkit.scopes,
    impersonator: authkit.impersonator,
    // A Date cannot be frozen, so nobody gets the same one twice.
    get expiresAt(): Date {
      return new Date(exp * 1000);
    },
    get issuedAt(): Date {
      return new Date(iat * 1000);
    },
    claims,
  });
}
