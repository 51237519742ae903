import { WorkOSAuthError } from "../errors.js";
import type { VerifiedCredential } from "../credential/verify-credential.js";
import { andThen, ifThere } from "../standards/and-then.js";
import type { CallerKind } from "../standards/caller-kind.js";
import type { Known } from "../workos/answers.js";
import type { FeatureFlags } from "../workos/feature-flags.js";
import type { Membership, Memberships } from "../workos/memberships.js";

/** What a caller has, as far as was asked. */
export interface Rights {
  readonly caller: CallerKind;
  readonly organizationId: string | undefined;
  readonly scopes: readonly string[];
  /** Undefined when WorkOS had to be asked and could not. */
  readonly roles: readonly string[] | undefined;
  readonly permissions: readonly string[] | undefined;
  /** Undefined when the flags could not be had. */
  readonly hasFlag: (slug: string) => boolean | undefined;
}

/** What has to be known before a rule can be judged. */
export interface Needs {
  readonly needsRoles: boolean;
  readonly needsPermissions: boolean;
  readonly needsFeatureFlags: boolean;
}

/** Where rights come from that a token does not carry. */
export interface RightsSources {
  readonly memberships: Memberships;
  readonly featureFlags: FeatureFlags;
}

const NOTHING: readonly string[] = Object.freeze([]);

/**
 * Finds out what a caller has: claims first, then, only for what is needed and not claimed,
 * the membership and the flags at WorkOS; at once when nothing has to be asked.
 *
 * A claim that is there is believed, since the issuer signed it. A person without an
 * organization has no role and no permission, nor has an inactive member. Never rejects.
 */
export function resolveRights(
  credential: VerifiedCredential,
  needs: Needs,
  { memberships, featureFlags }: RightsSources,
): Rights | Promise<Rights> {
  const { caller, userId, organizationId, scopes, roles, permissions, flags } = read(credential);
  const asksMembership =
    (needs.needsRoles && roles === undefined) ||
    (needs.needsPermissions && permissions === undefined);
  const member: Known<Membership | undefined> | Promise<Known<Membership | undefined>> =
    asksMembership && userId !== undefined && organizationId !== undefined
      ? memberships.find(userId, organizationId)
      : NO_MEMBER;
  // One question makes all of them known.
  const ready =
    needs.needsFeatureFlags && flags === undefined
      ? featureFlags.isEnabled("", { userId, organizationId })
      : undefined;

  const rightsOf = (found: Known<Membership | undefined>): Rights => {
    const all =
      found.kind === "known"
        ? {
            roles: roles ?? found.value?.roles ?? NOTHING,
            permissions: permissions ?? found.value?.permissions ?? NOTHING,
          }
        : undefined;
    return {
      caller,
      organizationId,
      scopes,
      roles: all?.roles ?? roles,
      permissions: all?.permissions ?? permissions,
      hasFlag: (slug) => {
        if (flags !== undefined) return flags.includes(slug);
        // Still on its way: as good as not to be had.
        return ifThere(featureFlags.isEnabled(slug, { userId, organizationId }));
      },
    };
  };
  return andThen(member, (found) => andThen(ready, () => rightsOf(found)));
}

/** Finds the caller's active membership in the organization of the session; at once when cached. Never rejects. */
export function resolveMembership(
  credential: VerifiedCredential,
  { memberships }: Pick<RightsSources, "memberships">,
): Known<Membership | undefined> | Promise<Known<Membership | undefined>> {
  const { userId, organizationId } = read(credential);
  return userId === undefined || organizationId === undefined
    ? NO_MEMBER
    : memberships.find(userId, organizationId);
}

/** Builds the error for roles, permissions or a membership that WorkOS cannot be asked about. */
export function rightsUnavailable(): WorkOSAuthError {
  return new WorkOSAuthError(
    "access_unavailable",
    "the caller's membership and rights could not be had from the WorkOS API",
  );
}

const NO_MEMBER = Object.freeze({ kind: "known", value: undefined } as const);

interface Claimed {
  readonly caller: CallerKind;
  readonly userId: string | undefined;
  readonly organizationId: string | undefined;
  readonly scopes: readonly string[];
  readonly roles: readonly string[] | undefined;
  readonly permissions: readonly string[] | undefined;
  readonly flags: readonly string[] | undefined;
}

/** The kind of caller and its organization, of a credential. */
export function whoIs(credential: VerifiedCredential): Pick<Rights, "caller" | "organizationId"> {
  return credential.kind === "api-key"
    ? { caller: "api-key", organizationId: credential.key.organizationId }
    : {
        caller: credential.principal.kind,
        organizationId: credential.authkit.organizationId,
      };
}

function read(credential: VerifiedCredential): Claimed {
  if (credential.kind === "api-key") {
    const { organizationId, permissions } = credential.key;
    return {
      caller: "api-key",
      userId: undefined,
      organizationId,
      scopes: NOTHING,
      roles: NOTHING,
      permissions,
      flags: undefined,
    };
  }
  const { principal, authkit } = credential;
  const isPerson = principal.kind === "user";
  const claimed = authkit.roles ?? (authkit.role === undefined ? undefined : [authkit.role]);
  return {
    caller: principal.kind,
    userId: isPerson ? principal.id : undefined,
    organizationId: authkit.organizationId,
    scopes: authkit.scopes,
    // A role is what a person has in an organization; a template that writes it for everybody gives machines none.
    roles: isPerson ? claimed : NOTHING,
    permissions: authkit.permissions,
    flags: authkit.featureFlags,
  };
}
