import type { CallerKind } from "../standards/caller-kind.js";
import type { Denial, Missing } from "./decide.js";
import type { Target } from "./messages.js";
import type { Rights } from "./rights.js";
import type { AuthorizationResource } from "./rule.js";

/** Longest name that an answer or a log line repeats. */
const LONGEST_NAME = 100;

/** A name that came with a request, fit to be shown: printable and short. */
export function printable(name: string): string {
  return name.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, LONGEST_NAME);
}

/**
 * Explains to the caller why it may not, what is missing and who can grant it; the same words
 * for the same denial.
 */
export function explain(
  denial: Denial,
  { kind, name }: { readonly kind: Target["kind"] | undefined; readonly name: string },
  who: Pick<Rights, "caller" | "organizationId">,
): string {
  const what = nounOf(kind, name);
  switch (denial.reason) {
    case "insufficient_scope":
      return `You may use ${what} after granting ${scopes(denial.scopes)} to this application: sign in again and grant ${denial.scopes.length === 1 ? "it" : "them"}.`;
    case "organization_required":
      return `To use ${what}, sign in again and choose ${organizations(denial.organizations)}.`;
    case "organization_elsewhere":
      return `To use ${what}, connect to the organization that it is for, at ${denial.urls.join(" or ")}: this URL is for another one.`;
    case "organization_not_chosen":
      return `To use ${what}, disconnect this server in your client, connect it anew and choose ${organizations(denial.organizations)}: your client only renewed the old sign-in, or another one was chosen.`;
    case "access_missing":
      return `You may not use ${what}: ${lacks(denial, who)}`;
    case "not_in_access_map":
      return `You may not use ${what}: this server denies it to every caller. Its operator can change that.`;
    case "denied_in_access_map":
      return `You may not use ${what}: this server denies it to every caller.`;
    case "check_denied":
      return `You may not use ${what} with these arguments: the server's own check said no. The operator of the server can say why.`;
    case "check_failed":
      return `You may not use ${what} now: the server's own check failed. Try again, and tell the operator of the server if it lasts.`;
    case "access_unavailable":
      return `Whether you may use ${what} cannot be found out at the moment. Try again in a few seconds.`;
  }
}

/** What is used; without a kind it may be any of several, or none that MCP knows. */
function nounOf(kind: Target["kind"] | undefined, name: string): string {
  if (name !== "") return kind === undefined ? printable(name) : `the ${kind} ${printable(name)}`;
  return kind === undefined ? "this" : `this ${kind}`;
}

/** The id that finds the log line: what kind of thing is missing, when something is. */
export function denialReason(denial: Denial): string {
  if (denial.reason !== "access_missing") return denial.reason;
  const { permissions, role, featureFlags, caller, organization } = denial.missing;
  if (caller !== undefined) return "caller_not_allowed";
  if (organization !== undefined) return "organization_not_allowed";
  if (permissions !== undefined) return "permission_missing";
  if (role !== undefined) return "role_missing";
  return featureFlags === undefined ? "scope_not_granted" : "feature_flag_off";
}

function lacks(
  { missing, resource }: Extract<Denial, { reason: "access_missing" }>,
  { caller, organizationId }: Pick<Rights, "caller" | "organizationId">,
): string {
  const { permissions, role, featureFlags } = missing;
  const isPerson = caller === "user";
  if (missing.caller !== undefined) {
    return `it is for ${toList(missing.caller).map(nameOfCaller).join(" and ")} only.`;
  }
  if (missing.organization !== undefined) {
    const isAny = missing.organization === "required";
    const ids = isAny ? [] : toList(missing.organization);
    if (!isPerson) {
      return `it is for ${organizations(ids)}, and ${nameOfCaller(caller)} cannot choose one.`;
    }
    return isAny
      ? "it needs an organization, and you belong to none. An administrator of an organization can invite you."
      : `it is for ${organizations(ids)}. An administrator there can add you; then sign in again and choose it.`;
  }
  if (missing.scopes !== undefined) {
    return (
      `it needs ${scopes(missing.scopes)}, which your newer token does not have either. ` +
      "Disconnect this server in your client and connect it anew, and grant everything it asks for."
    );
  }
  const parts = [
    ...(permissions === undefined ? [] : [`the ${plural("permission", permissions)}`]),
    ...(role === undefined ? [] : [anyRole(toList(role))]),
    ...(featureFlags === undefined ? [] : [`the ${plural("feature flag", featureFlags)}`]),
  ];
  const place = resource === undefined ? "" : ` on ${nameOfResource(resource)}`;
  const cure =
    resource === undefined || !isPerson
      ? remedy(missing, isPerson, organizationId)
      : `${administrator(organizationId)} can assign you a role on that resource, or on one above it, that has it, in WorkOS. Signing in again does not.`;
  return `it needs ${parts.join(" and ")}${place}. ${cure}`;
}

function nameOfResource(resource: AuthorizationResource): string {
  return "resourceId" in resource
    ? `the resource "${printable(resource.resourceId)}"`
    : `the ${printable(resource.resourceTypeSlug)} "${printable(resource.resourceExternalId)}"`;
}

function administrator(organizationId: string | undefined): string {
  return `An administrator of ${organizationId === undefined ? "your organization" : `the organization ${organizationId}`}`;
}

/** Who can grant permissions, roles or flags. */
function remedy(
  { permissions, role }: Missing,
  isPerson: boolean,
  organizationId: string | undefined,
): string {
  // Tokens of applications carry neither; an API key gets its permissions where it is made.
  if (!isPerson) return "Ask the operator of this server how applications get access.";
  if (permissions === undefined && role === undefined) {
    return organizationId === undefined
      ? "The operator of this server can switch it on for you, or for an organization that you choose when you sign in again."
      : "The operator of this server can switch it on for you. Signing in again does not.";
  }
  return `${administrator(organizationId)} can give it to you, in WorkOS. Signing in again does not.`;
}

function organizations(ids: readonly string[]): string {
  if (ids.length === 0) return "an organization";
  return ids.length === 1
    ? `the organization ${ids[0]}`
    : `one of the organizations ${ids.join(", ")}`;
}

function scopes(names: readonly string[]): string {
  return `the ${plural("scope", names)}`;
}

function anyRole(roles: readonly string[]): string {
  return roles.length === 1
    ? `the ${plural("role", roles)}`
    : `one of the ${plural("role", roles)}`;
}

function toList<T extends string>(value: T | readonly T[]): readonly T[] {
  return typeof value === "string" ? [value] : value;
}

function plural(noun: string, names: readonly string[]): string {
  return `${noun}${names.length === 1 ? "" : "s"} ${names.map((name) => `"${name}"`).join(", ")}`;
}

function nameOfCaller(kind: CallerKind): string {
  switch (kind) {
    case "user":
      return "people who signed in";
    case "agent":
      return "agents";
    case "application":
      return "applications";
    case "api-key":
      return "API keys";
  }
}
