import type { OrganizationId } from "../authkit/claims.js";
import type { Caller } from "../session/caller.js";
import type { FeatureFlagSlug, PermissionSlug, RoleSlug } from "../session/register.js";
import type { CallerKind } from "../standards/caller-kind.js";
import type { WorkOS } from "../workos/client.js";

/** A list with at least one element. */
export type Some<T> = readonly [T, ...T[]];

/** One value, or a list of which any will do. */
export type AnyOf<T> = T | Some<T>;

/**
 * What a caller must have. Everything in one object is required; a plural key needs all of its list, a singular key
 * any of it.
 */
export interface Requirements {
  /** Slugs of WorkOS permissions, all of them: from the token, else from the caller's roles. */
  readonly permissions?: Some<PermissionSlug>;
  /** Slugs of WorkOS feature flags, all of them on for the user or the organization. */
  readonly featureFlags?: Some<FeatureFlagSlug>;
  /** OAuth scopes, all of them; a missing one is asked for by a step-up challenge. */
  readonly scopes?: Some<string>;
  /** Slug of a role, or several of which the caller has any. */
  readonly role?: AnyOf<RoleSlug>;
  /** The organization chosen at sign-in: this one, any of these, or `"required"` for any at all. */
  readonly organization?: "required" | AnyOf<OrganizationId>;
  /** Kind of caller, or several of which any may. */
  readonly caller?: AnyOf<CallerKind>;
}

/** Requirements, with what only the configuration can ask. */
export interface Condition extends Requirements {
  /**
   * Your own check. Runs last, for every kind of caller; anything but `true` denies, and so does an exception, or no
   * answer within ten seconds.
   */
  readonly check?: Check;
  /** One of these as well. */
  readonly anyOf?: Some<Condition>;
}

/** Who may: every authenticated caller, none, or who meets the condition. */
export type Rule = "authenticated" | "denied" | Condition;

/**
 * Judges one call by what it is about.
 *
 * Asked once for every name that the rules must allow, and each answer must be `true`: a resource has
 * one for its URI as sent, one for the URI that a server reads, one without its fragment.
 */
export type Check = (call: Call) => boolean | Promise<boolean>;

/** What a {@link Check} gets to know of a call. Reading a member that is not here throws, and so denies. */
export interface Call {
  /** What is used: a tool, a resource or a prompt. */
  readonly kind: "tool" | "prompt" | "resource";
  /**
   * Name of the tool or prompt; URI of the resource, which may be a tool's UI; text of the template
   * whose variables are completed.
   */
  readonly name: string;
  /** A copy of the arguments, not validated yet; empty for a resource. */
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Who is calling, as `getCaller()` returns it. */
  readonly caller: Caller;
  /** Acts with the environment's API key, not with the caller's rights. */
  readonly workos: WorkOS;
  /**
   * Resolves what the caller may do, once for a request. Let `access_unavailable` leave the check, and the call is
   * answered with 503. A check that does not await it denies.
   */
  readonly access: (options?: AccessOptions) => Promise<Access>;
}

/** What access is resolved beside roles, permissions and membership. */
export interface AccessOptions {
  /** Whether requirements may name `featureFlags`. Default false. */
  readonly featureFlags?: boolean;
}

/**
 * What the caller of one request may do: resolved once, and the same until the request ends. Frozen.
 *
 * Every member that depends on what WorkOS cannot be asked throws `access_unavailable` when it is read.
 */
export interface Access {
  /** Who is calling, as `getCaller()` returns it. */
  readonly caller: Caller;
  /** Slugs of the caller's permissions: from the token, else from its roles. */
  readonly permissions: readonly PermissionSlug[];
  /** Slugs of the caller's roles, the primary one first. */
  readonly roles: readonly RoleSlug[];
  /** The caller's active membership in the session's organization, `om_…`. */
  readonly membershipId: string | undefined;
  /**
   * Returns whether the caller meets all requirements. False is no denial: the trail does NOT report it.
   *
   * @throws WorkOSAuthError `access_unavailable` when that depends on what WorkOS could not be asked, and is reported as
   *   a denial; `invalid_rule`, `no_session`.
   */
  readonly has: (requirements: Requirements) => boolean;
  /**
   * Throws unless the caller meets all requirements, and so ends the call: the error's message is for the caller.
   *
   * @param use.name what the caller wants to use, for the message: "You may not use the tool <name>". Default "this tool", or what else is used.
   * @throws AccessDeniedError with `reason` and `missing`.
   * @throws WorkOSAuthError `access_unavailable` when WorkOS could not be asked; `invalid_rule`, `no_session`.
   */
  readonly require: (requirements: Requirements, use?: { readonly name?: string }) => void;
  /**
   * Asks WorkOS whether the caller has a permission on one resource (FGA); nothing is cached.
   *
   * @throws WorkOSAuthError `invalid_rule` when the permission or the resource cannot be asked about; `no_session`.
   * @see https://workos.com/docs/reference/fga/check
   */
  readonly on: (
    permission: PermissionSlug,
    resource: AuthorizationResource,
  ) => Promise<ResourceAccess>;
}

/** Whether the caller has a permission on one resource. Use it: the object itself is always true. */
export interface ResourceAccess {
  /** @throws as `require()` does when WorkOS could not be asked. */
  readonly isAllowed: boolean;
  /**
   * Throws unless the caller is allowed.
   *
   * @throws AccessDeniedError, or WorkOSAuthError `access_unavailable`.
   */
  readonly require: () => void;
}

/** A resource of WorkOS Fine-Grained Authorization, by its own ID or by yours. */
export type AuthorizationResource =
  | { readonly resourceId: string }
  | { readonly resourceExternalId: string; readonly resourceTypeSlug: string };

/** A rule that has been checked. */
export interface CompiledRule {
  /** Where it stands in the configuration, for logs: `access.tools["report_*"]`. */
  readonly path: string;
  /** The ways to meet it, any of which is enough; none for `"denied"`. */
  readonly alternatives: readonly Alternative[];
}

/** One way to meet a rule. Everything in it is needed. */
export interface Alternative {
  readonly permissions: readonly string[];
  readonly featureFlags: readonly string[];
  readonly scopes: readonly string[];
  /** Of each list any role: a condition and the one around it may both ask for one. */
  readonly roles: readonly Some<string>[];
  /** Any of these; an empty list when any organization will do, or none at all. */
  readonly organizations: readonly OrganizationId[];
  readonly needsOrganization: boolean;
  /** Any of these; an empty list when every kind may. */
  readonly callers: readonly CallerKind[];
  /** All of these, the outermost condition's first. */
  readonly checks: readonly Check[];
}

/** Returns whether a list has an element. */
export function isSome<T>(list: readonly T[]): list is Some<T> {
  return list.length > 0;
}
