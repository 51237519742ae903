import type { OrganizationId } from "../authkit/claims.js";
import type { CallerKind } from "../standards/caller-kind.js";
import type { AccessPolicy } from "./access-map.js";
import type { Rights } from "./rights.js";
import {
  isSome,
  type Alternative,
  type AuthorizationResource,
  type Check,
  type CompiledRule,
  type Requirements,
  type Some,
} from "./rule.js";

/**
 * What a caller lacks that signing in again does not give, as requirements that it does not meet.
 *
 * `organization: "required"`: the caller belongs to none. `scopes`: a newer token did not bring them either. Of several
 * conditions on the role, the outermost one that is not met.
 */
export type Missing = Requirements;

/** Why a call is denied. */
export type Denial =
  /** Signing in again with these scopes cures it. */
  | ({ readonly reason: "insufficient_scope"; readonly scopes: readonly string[] } & Curable)
  /** Signing in again and choosing one of these (none named: any) cures it. */
  | ({
      readonly reason: "organization_required";
      readonly organizations: readonly OrganizationId[];
    } & Curable)
  /** It would at another URL: each organization has its own, and these are of those that may. */
  | { readonly reason: "organization_elsewhere"; readonly urls: readonly string[] }
  /** It would, but a newer token came without: the client renewed the old sign-in, or another one was chosen again. */
  | {
      readonly reason: "organization_not_chosen";
      readonly organizations: readonly OrganizationId[];
    }
  /** An administrator at WorkOS has to grant what is missing. */
  | {
      readonly reason: "access_missing";
      readonly missing: Missing;
      /** The resource that the permission is missing on. */
      readonly resource?: AuthorizationResource;
    }
  | { readonly reason: "not_in_access_map" }
  | { readonly reason: "denied_in_access_map" }
  | { readonly reason: "check_denied" }
  | { readonly reason: "check_failed" }
  /** WorkOS could not be asked. */
  | { readonly reason: "access_unavailable" };

interface Curable {
  /** What another alternative of the rule lacks, for when signing in again does not cure this. */
  readonly otherwise?: Denial;
}

/** The result of evaluating a caller's rights against a rule, its checks not yet asked. */
export type Verdict =
  | { readonly kind: "allowed" }
  | { readonly kind: "denied"; readonly denial: Denial }
  /** Allowed when all checks of one of these lists say so; what is lacking for the other alternatives. */
  | {
      readonly kind: "checks";
      readonly checks: readonly (readonly Check[])[];
      readonly denials: readonly Denial[];
    };

const ALLOWED: Verdict = Object.freeze({ kind: "allowed" });

const UNNAMED = Object.freeze({
  kind: "denied",
  denial: Object.freeze({ reason: "not_in_access_map" }),
} satisfies Verdict);

const DENIED = Object.freeze({
  kind: "denied",
  denial: Object.freeze({ reason: "denied_in_access_map" }),
} satisfies Verdict);

/**
 * Holds what a caller has against a rule. Pure.
 *
 * Without a rule nothing is allowed. Of several alternatives that all fail, the denial
 * is the nearest. Does NOT run checks: it returns which ones decide.
 */
export function decide(
  rule: CompiledRule | undefined,
  rights: Rights,
  satisfies: AccessPolicy["satisfies"],
): Verdict {
  if (rule === undefined) return UNNAMED;
  if (rule.alternatives.length === 0) return DENIED;
  const checks: (readonly Check[])[] = [];
  const denials: Denial[] = [];
  for (const alternative of rule.alternatives) {
    const denial = lacking(alternative, rights, satisfies);
    if (denial === undefined) {
      if (alternative.checks.length === 0) return ALLOWED;
      checks.push(alternative.checks);
    } else denials.push(denial);
  }
  return checks.length > 0
    ? { kind: "checks", checks, denials }
    : { kind: "denied", denial: nearest(denials) };
}

/**
 * Of what the alternatives of a rule lack, the one that the caller can do most about; of equal ones, the least.
 *
 * Undetermined denials rank first: perhaps nothing is lacking, and no client is sent to sign in for that. One
 * that is for other kinds of caller comes last.
 */
export function nearest(denials: readonly Denial[]): Denial {
  const [first, ...rest] = denials.toSorted(
    (one, other) => farness(one) - farness(other) || amountMissing(one) - amountMissing(other),
  );
  if (first === undefined) return UNNAMED.denial;
  const isCurable =
    first.reason === "insufficient_scope" || first.reason === "organization_required";
  return isCurable && rest.length > 0 ? { ...first, otherwise: nearest(rest) } : first;
}

function farness(denial: Denial): number {
  const { reason } = denial;
  if (reason === "access_unavailable") return -1;
  const isForOthers = reason === "access_missing" && denial.missing.caller !== undefined;
  return isForOthers ? ORDER.length : denialRank(denial);
}

/** How many grants it takes. */
function amountMissing(denial: Denial): number {
  if (denial.reason !== "access_missing") return 0;
  const { permissions = [], featureFlags = [], role } = denial.missing;
  return permissions.length + featureFlags.length + (role === undefined ? 0 : 1);
}

/** Whether a list shows what the verdict is about: it may be used, or it may be after a step-up. */
export function isShown(verdict: Verdict): boolean {
  return verdict.kind !== "denied" || verdict.denial.reason === "insufficient_scope";
}

/** The less others have to do, the better. */
export function denialRank({ reason }: Denial): number {
  return ORDER.indexOf(reason);
}

const ORDER: readonly Denial["reason"][] = [
  "insufficient_scope",
  "organization_required",
  "organization_elsewhere",
  "organization_not_chosen",
  "access_unavailable",
  "access_missing",
  "check_denied",
  "check_failed",
  "denied_in_access_map",
  "not_in_access_map",
];

function lacking(
  needed: Alternative,
  rights: Rights,
  satisfies: AccessPolicy["satisfies"],
): Denial | undefined {
  const { caller, organizationId, scopes } = rights;
  const unfit = misfit(needed, rights);
  if (unfit !== undefined) return unfit;
  if (caller === "user" && organizationId === undefined && !hasEverything(needed, rights)) {
    return { reason: "organization_required", organizations: [] };
  }
  const flags = needed.featureFlags.map((slug) => rights.hasFlag(slug));
  // What is missing for certain comes first: then it does not matter what could not be asked.
  const permissions = rights.permissions ? without(needed.permissions, rights.permissions) : [];
  const role = rights.roles ? unmetRole(needed, rights.roles) : undefined;
  const featureFlags = needed.featureFlags.filter((_, index) => flags[index] === false);
  if (permissions.length + featureFlags.length > 0 || role !== undefined) {
    return {
      reason: "access_missing",
      missing: {
        ...(isSome(permissions) ? { permissions } : {}),
        ...(role === undefined ? {} : { role }),
        ...(isSome(featureFlags) ? { featureFlags } : {}),
      },
    };
  }
  const absent = needed.scopes.filter((scope) => !satisfies(scopes, scope));
  if (absent.length > 0) {
    // An API key has no scopes, and no sign-in to get any: this is for the others.
    return caller === "api-key"
      ? { reason: "access_missing", missing: { caller: withScopes(needed) } }
      : { reason: "insufficient_scope", scopes: needed.scopes };
  }
  const isUnknown =
    (needed.permissions.length > 0 && rights.permissions === undefined) ||
    (needed.roles.length > 0 && rights.roles === undefined) ||
    flags.includes(undefined);
  return isUnknown ? { reason: "access_unavailable" } : undefined;
}

function withScopes({ callers }: Alternative): Some<CallerKind> {
  const named = callers.filter((caller) => caller !== "api-key");
  return isSome(named) ? named : ["user", "application"];
}

/** Why an alternative is not for this caller, whatever it is permitted: its kind, or its organization. */
export function misfit(
  { callers, needsOrganization, organizations }: Alternative,
  { caller, organizationId }: Pick<Rights, "caller" | "organizationId">,
): Denial | undefined {
  if (isSome(callers) && !callers.includes(caller)) {
    return { reason: "access_missing", missing: { caller: callers } };
  }
  const isFit =
    !needsOrganization ||
    (organizationId !== undefined &&
      (organizations.length === 0 ||
        organizations.some((organization) => organization === organizationId)));
  if (isFit) return undefined;
  // A person can choose another one; a machine has the one it has.
  return caller === "user"
    ? { reason: "organization_required", organizations }
    : { reason: "access_missing", missing: { organization: toRequirement(organizations) } };
}

/** Writes what a denial lacks as requirements; undefined when nothing that can be named is. */
export function missingIn(denial: Denial): Partial<Requirements> | undefined {
  switch (denial.reason) {
    case "access_missing":
      return denial.missing;
    case "insufficient_scope":
      return isSome(denial.scopes) ? { scopes: denial.scopes } : undefined;
    case "organization_required":
    case "organization_not_chosen":
      return { organization: toRequirement(denial.organizations) };
    default:
      return undefined;
  }
}

/** Writes organizations, none of which means any, as a requirement. */
export function toRequirement(
  organizations: readonly OrganizationId[],
): NonNullable<Requirements["organization"]> {
  return isSome(organizations) ? organizations : "required";
}

/** A token may carry permissions and roles without an organization; then none has to be chosen. */
function hasEverything(needed: Alternative, { permissions, roles = [] }: Rights): boolean {
  return (
    without(needed.permissions, permissions).length === 0 && unmetRole(needed, roles) === undefined
  );
}

/** The first list of roles of which the caller has none. */
function unmetRole(needed: Alternative, roles: readonly string[]): Some<string> | undefined {
  return needed.roles.find((any) => !any.some((role) => roles.includes(role)));
}

function without(
  needed: readonly string[],
  had: readonly string[] | undefined = [],
): readonly string[] {
  return needed.filter((one) => !had.includes(one));
}
