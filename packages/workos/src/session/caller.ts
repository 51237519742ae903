import type { VerifiedCredential } from "../token/credential-verifier.js";
import { sessionFrom, type MembershipRights, type Session, type SessionClaims } from "./session.js";

/** Who is calling, whatever kind of caller it is; tell them apart by `kind`. Frozen. */
export type Caller = UserCaller | ApplicationCaller | ApiKeyCaller;

/** A person who signed in. */
export interface UserCaller {
  readonly kind: "user";
  /** WorkOS user ID, `user_…`. */
  readonly id: string;
  readonly organizationId: string | undefined;
  readonly session: Session;
}

/** An application that acts for itself (client credentials); nobody signed in. */
export interface ApplicationCaller {
  readonly kind: "application";
  /** The application's client ID, `client_…`. */
  readonly id: string;
  readonly organizationId: string | undefined;
  readonly scopes: readonly string[];
  readonly claims: SessionClaims;
}

/** The holder of a WorkOS API key. */
export interface ApiKeyCaller {
  readonly kind: "api-key";
  /** `api_key_…` */
  readonly id: string;
  readonly name: string;
  /** Whose key it is; a key owned by a user is still not that user signed in. */
  readonly owner: { readonly kind: "organization" | "user"; readonly id: string };
  readonly organizationId: string;
  readonly permissions: readonly string[];
}

/** Makes the caller of a verified credential. Does NOT ask WorkOS anything. */
export function callerFrom(credential: VerifiedCredential, membership?: MembershipRights): Caller {
  if (credential.kind === "api-key") return Object.freeze({ ...credential.key, kind: "api-key" });
  const { principal, authkit, claims } = credential;
  const { organizationId } = authkit;
  if (principal.kind === "user") {
    const session = sessionFrom(credential, principal, membership);
    return Object.freeze({ kind: "user", id: principal.id, organizationId, session });
  }
  return Object.freeze({
    kind: "application",
    id: principal.id,
    organizationId,
    scopes: authkit.scopes,
    claims,
  });
}
