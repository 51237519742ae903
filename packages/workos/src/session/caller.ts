import type { OrganizationId } from "../authkit/claims.js";
import type { VerifiedCredential } from "../credential/verify-credential.js";
import type { Claims } from "./session.js";

/** Who is calling, whatever kind of caller it is; tell them apart by `kind`. Frozen. */
export type Caller = UserCaller | AgentCaller | ApplicationCaller | ApiKeyCaller;

/** What every kind of caller has. */
export interface CallerBase {
  /** ID of the user (`user_…`), the application (`client_…`) or the API key (`api_key_…`). */
  readonly id: string;
  /** The organization that the caller acts in, if any. */
  readonly organizationId: OrganizationId | undefined;
  /** The MCP client that the user signed in with, or the application itself; none for an API key. */
  readonly clientId: string | undefined;
  /** Granted OAuth scopes; empty when there are none. */
  readonly scopes: readonly string[];
}

/** A person who signed in. */
export interface UserCaller extends CallerBase {
  /** Distinguishes a user from other callers. */
  readonly kind: "user";
  /** Who at WorkOS acts in the user's name (`act.sub`), in an impersonated session. */
  readonly impersonator: string | undefined;
  /** The claims of the access token, not to be mistaken for resolved rights. */
  readonly claims: Claims;
}

/** An AI agent with an identity of its own. None can call yet. */
export interface AgentCaller extends CallerBase {
  /** Distinguishes an agent from other callers. */
  readonly kind: "agent";
  /** Whose rights it has: those of a user, those that a user gave it, or its own. */
  readonly mode: "user-delegated" | "agent-delegated" | "autonomous";
  /** The user (`user_…`) that it acts for; none when it is autonomous. */
  readonly onBehalfOf: string | undefined;
  /** The claims of the access token. */
  readonly claims: Claims;
}

/** An application that acts for itself (client credentials); no user signed in. */
export interface ApplicationCaller extends CallerBase {
  /** Distinguishes an application from other callers. */
  readonly kind: "application";
  /** The claims of the access token. */
  readonly claims: Claims;
}

/** The holder of a WorkOS API key. */
export interface ApiKeyCaller extends CallerBase {
  /** Distinguishes an API key from other callers. */
  readonly kind: "api-key";
  /** The name that the key has in WorkOS. */
  readonly name: string;
  /** Whose key it is; a key owned by a user is still not that user signed in. */
  readonly owner: { readonly kind: "organization" | "user"; readonly id: string };
}

/** Makes the caller of a verified credential. Does NOT ask WorkOS anything, nor resolve rights. */
export function callerFrom(credential: VerifiedCredential): Caller {
  if (credential.kind === "api-key") {
    const { id, name, owner, organizationId } = credential.key;
    return Object.freeze({
      kind: "api-key",
      id,
      name,
      owner,
      organizationId: organizationId as OrganizationId,
      clientId: undefined,
      scopes: NO_SCOPES,
    });
  }
  const { principal, authkit, claims } = credential;
  const { kind, id } = principal;
  const { clientId, scopes, impersonator } = authkit;
  const organizationId = authkit.organizationId as OrganizationId | undefined;
  return Object.freeze(
    kind === "user"
      ? { kind, id, organizationId, clientId, scopes, impersonator, claims }
      : { kind, id, organizationId, clientId, scopes, claims },
  );
}

const NO_SCOPES: readonly string[] = Object.freeze([]);
