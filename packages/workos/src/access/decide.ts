import type { CallerKind } from "../token/caller-kind.js";
import type { AccessPolicy } from "./access-map.js";
import type { Rights } from "./rights.js";
import type { Check, CompiledRequirements, CompiledRule } from "./rule.js";

/** What a caller lacks that signing in again does not give. */
export interface Missing {
  readonly permissions?: readonly string[];
  readonly roles?: readonly string[];
  readonly featureFlags?: readonly string[];
  /** Kinds of caller that may; the caller's is none of them. */
  readonly callers?: readonly CallerKind[];
  /** Organizations that may (none named: any), and the caller cannot choose one of them. */
  readonly organizations?: readonly string[];
  /** Scopes that a newer token did not bring either. */
  readonly scopes?: readonly string[];
}

/** Why a call is denied. */
export type Denial =
  /** Signing in again with these scopes mends it. */
  | ({ readonly reason: "insufficient_scope"; readonly scopes: readonly string[] } & Mendable)
  /** Signing in again and choosing one of these (none named: any) mends it. */
  | ({
      readonly reason: "organization_required";
      readonly organizations: readonly string[];
    } & Mendable)
  /** It would at another URL: each organization has its own, and these are of those that may. */
  | { readonly reason: "organization_elsewhere"; readonly urls: readonly string[] }
  /** It would, but a newer token came without: the client renewed the old sign-in, or another one was chosen again. */
  | { readonly reason: "organization_not_chosen"; readonly organizations: readonly string[] }
  /** Somebody at WorkOS has to grant what is missing. */
  | { readonly reason: "access_missing"; readonly missing: Missing }
  | { readonly reason: "not_in_access_map" }
  | { readonly reason: "check_denied" }
  | { readonly reason: "check_failed" }
  /** WorkOS could not be asked. */
  | { readonly reason: "access_unavailable" };

interface Mendable {
  /** What another alternative of the rule lacks, for when signing in again does not mend this. */
  readonly otherwise?: Denial;
}

/** What comes of holding somebody's rights against a rule, its checks not yet asked. */
export type Verdict =
  | { readonly kind: "allowed" }
  | { readonly kind: "denied"; readonly denial: Denial }
  /** Allowed when one of these checks says so; what is lacking for the alternatives that no check decides about. */
  | {
      readonly kind: "checks";
      readonly checks: readonly Check[];
      readonly denials: readonly Denial[];
    };

const ALLOWED: Verdict = Object.freeze({ kind: "allowed" });

const UNNAMED = Object.freeze({
  kind: "denied",
  denial: Object.freeze({ reason: "not_in_access_map" }),
} satisfies Verdict);

/**
 * Holds what a caller has against a rule. Pure.
 *
 * Without a rule nothing is allowed. Of several alternatives that all fail, the denial
 * is the nearest. Does NOT run checks: it says which ones decide.
 */
export function decide(
  rule: CompiledRule | undefined,
  rights: Rights,
  satisfies: AccessPolicy["satisfies"],
): Verdict {
  if (rule === undefined) return UNNAMED;
  if (rule.alternatives.length === 0) return ALLOWED;
  const checks: Check[] = [];
  const denials: Denial[] = [];
  for (const requirements of rule.alternatives) {
    const denial = lacking(requirements, rights, satisfies);
    if (denial === undefined) {
      if (requirements.check === undefined) return ALLOWED;
      checks.push(requirements.check);
    } else denials.push(denial);
  }
  return checks.length > 0
    ? { kind: "checks", checks, denials }
    : { kind: "denied", denial: nearest(denials) };
}

/**
 * Of what the alternatives of a rule lack, the one that the caller can do most about.
 *
 * One of which nobody can tell comes first: perhaps nothing is lacking, and nobody is sent to sign in for that. One
 * that is for other kinds of caller comes last.
 */
export function nearest(denials: readonly Denial[]): Denial {
  const [first, ...rest] = denials.toSorted((one, other) => farness(one) - farness(other));
  if (first === undefined) return UNNAMED.denial;
  const isMendable =
    first.reason === "insufficient_scope" || first.reason === "organization_required";
  return isMendable && rest.length > 0 ? { ...first, otherwise: nearest(rest) } : first;
}

function farness(denial: Denial): number {
  const { reason } = denial;
  if (reason === "access_unavailable") return -1;
  const isForOthers = reason === "access_missing" && denial.missing.callers !== undefined;
  return isForOthers ? ORDER.length : rankOf(denial);
}

/** Whether a list shows what the verdict is about: it may be used, or it may be after a step-up. */
export function isShown(verdict: Verdict): boolean {
  return verdict.kind !== "denied" || verdict.denial.reason === "insufficient_scope";
}

/** The less somebody else has to do, the better. */
export function rankOf({ reason }: Denial): number {
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
  "not_in_access_map",
];

function lacking(
  needed: CompiledRequirements,
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
  // What is missing for certain comes first: then it does not matter what nobody could be asked about.
  const permissions = rights.permissions ? without(needed.permissions, rights.permissions) : [];
  const roles = rights.roles ? without(needed.roles, rights.roles) : [];
  const featureFlags = needed.featureFlags.filter((_, index) => flags[index] === false);
  if (permissions.length + roles.length + featureFlags.length > 0) {
    return {
      reason: "access_missing",
      missing: {
        ...(permissions.length === 0 ? {} : { permissions }),
        ...(roles.length === 0 ? {} : { roles }),
        ...(featureFlags.length === 0 ? {} : { featureFlags }),
      },
    };
  }
  const absent = needed.scopes.filter((scope) => !satisfies(scopes, scope));
  if (absent.length > 0) {
    // An API key has no scopes, and no sign-in to get any: this is for the others.
    return caller === "api-key"
      ? { reason: "access_missing", missing: { callers: withScopes(needed) } }
      : { reason: "insufficient_scope", scopes: needed.scopes };
  }
  const isUnknown =
    (needed.permissions.length > 0 && rights.permissions === undefined) ||
    (needed.roles.length > 0 && rights.roles === undefined) ||
    flags.includes(undefined);
  return isUnknown ? { reason: "access_unavailable" } : undefined;
}

function withScopes({ callers }: CompiledRequirements): readonly CallerKind[] {
  const named = callers.filter((caller) => caller !== "api-key");
  return named.length > 0 ? named : ["user", "application"];
}

/** Why requirements are not for this caller, whatever it is permitted: its kind, or its organization. */
export function misfit(
  { callers, check, needsOrganization, organizations }: CompiledRequirements,
  { caller, organizationId }: Pick<Rights, "caller" | "organizationId">,
): Denial | undefined {
  if (callers.length > 0 && !callers.includes(caller)) {
    return { reason: "access_missing", missing: { callers } };
  }
  // A check is written for people.
  if (check !== undefined && caller !== "user") {
    return { reason: "access_missing", missing: { callers: ["user"] } };
  }
  const isFit =
    !needsOrganization ||
    (organizationId !== undefined &&
      (organizations.length === 0 || organizations.includes(organizationId)));
  if (isFit) return undefined;
  // A person can choose another one; a machine has the one it has.
  return caller === "user"
    ? { reason: "organization_required", organizations }
    : { reason: "access_missing", missing: { organizations } };
}

/** A token may carry permissions and roles without an organization; then none has to be chosen. */
function hasEverything(needed: CompiledRequirements, { permissions, roles }: Rights): boolean {
  return (
    without(needed.permissions, permissions).length === 0 &&
    without(needed.roles, roles).length === 0
  );
}

function without(
  needed: readonly string[],
  had: readonly string[] | undefined = [],
): readonly string[] {
  return needed.filter((one) => !had.includes(one));
}
