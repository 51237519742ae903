import type { AccessTokenClaims, ClaimFault } from "../standards/access-token.js";
import { parseScope } from "../standards/scope.js";

/** Who a token speaks for: a person, or an application acting for itself (client credentials). */
export type Principal = UserPrincipal | ApplicationPrincipal;

export interface UserPrincipal {
  readonly kind: "user";
  /** `sub`: the WorkOS user ID. */
  readonly id: string;
  /** `sid`: a consent ID (`app_consent_…`) in tokens from Connect. */
  readonly sessionId: string;
}

export interface ApplicationPrincipal {
  readonly kind: "application";
  /** `sub`: the client ID of the application. */
  readonly id: string;
}

/** AuthKit's claims in an access token, beyond RFC 9068. */
export interface AuthKitClaims {
  readonly principal: Principal;
  readonly clientId: string | undefined;
  readonly scopes: readonly string[];
  readonly organizationId: string | undefined;
  readonly role: string | undefined;
  readonly roles: readonly string[] | undefined;
  readonly permissions: readonly string[] | undefined;
  readonly featureFlags: readonly string[] | undefined;
  /** `act.sub`: the WorkOS dashboard user who impersonates the principal. */
  readonly impersonator: string | undefined;
}

const USER = /^user_[0-9A-Za-z]+$/;
const APPLICATION = /^client_[0-9A-Za-z]+$/;
/** ID of a WorkOS organization. */
export type OrganizationId = `org_${string}`;

/** How WorkOS writes the ID of an organization. */
export const ORGANIZATION_ID: RegExp = /^org_[0-9A-Za-z]+$/;

/**
 * Reads AuthKit's claims out of checked access token claims.
 *
 * A principal is a user only when its id looks like one (`user_…`) and the client
 * did not authorize itself (`sub` differs from `client_id`), so that a machine is
 * never taken for a person. A claim of the wrong type is a fault; an absent or
 * null one is not. Does NOT check that any of it still holds at WorkOS.
 *
 * @see https://workos.com/docs/authkit/connect/token-claims, RFC 9068 §5
 */
export function readAuthKitClaims(
  claims: AccessTokenClaims,
):
  | { readonly ok: true; readonly value: AuthKitClaims }
  | { readonly ok: false; readonly fault: ClaimFault } {
  for (const claim of ["org_id", "sid", "role"]) {
    if (!isStringOrNothing(claims[claim])) return invalid(claim);
  }
  for (const claim of ["roles", "permissions", "feature_flags"]) {
    if (!isStringsOrNothing(claims[claim])) return invalid(claim);
  }
  const principal = findPrincipal(claims);
  if (principal === undefined) {
    return isUser(claims)
      ? { ok: false, fault: { reason: "claim_missing", claim: "sid" } }
      : invalid("sub");
  }
  const organizationId = asString(claims["org_id"]);
  if (organizationId !== undefined && !ORGANIZATION_ID.test(organizationId))
    return invalid("org_id");
  const impersonator = readActor(claims["act"]);
  // An actor without a name would be taken for the principal itself.
  if (impersonator === null) return invalid("act");
  return {
    ok: true,
    value: Object.freeze({
      principal,
      clientId: claims.client_id,
      scopes: parseScope(claims.scope),
      organizationId,
      role: asString(claims["role"]),
      roles: asStrings(claims["roles"]),
      permissions: asStrings(claims["permissions"]),
      featureFlags: asStrings(claims["feature_flags"]),
      impersonator: asString(impersonator),
    }),
  };
}

function findPrincipal(claims: AccessTokenClaims): Principal | undefined {
  const { sub, sid, client_id } = claims;
  // RFC 9068 §5: an application that acts for itself is its own client.
  if (APPLICATION.test(sub) && (client_id ?? sub) === sub)
    return Object.freeze({ kind: "application", id: sub });
  if (isUser(claims) && typeof sid === "string" && sid !== "") {
    return Object.freeze({ kind: "user", id: sub, sessionId: sid });
  }
  return undefined;
}

function isUser({ sub, client_id }: AccessTokenClaims): boolean {
  return USER.test(sub) && sub !== client_id;
}

function invalid(claim: string): { readonly ok: false; readonly fault: ClaimFault } {
  return { ok: false, fault: { reason: "claim_invalid", claim } };
}

function isStringOrNothing(value: unknown): value is string | null | undefined {
  return value === undefined || value === null || typeof value === "string";
}

function isStringsOrNothing(value: unknown): value is readonly string[] | null | undefined {
  return (
    value === undefined ||
    value === null ||
    (Array.isArray(value) && value.every((item) => typeof item === "string"))
  );
}

function asString(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function asStrings(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? Object.freeze([...(value as string[])]) : undefined;
}

/** The subject of an actor claim (RFC 8693 §4.1); undefined without one, null when it does not have one. */
function readActor(act: unknown): string | undefined | null {
  if (act === undefined || act === null) return undefined;
  if (typeof act !== "object" || !("sub" in act)) return null;
  return typeof act.sub === "string" && act.sub.trim() !== "" ? act.sub : null;
}
