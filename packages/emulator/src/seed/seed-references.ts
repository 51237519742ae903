import { suggest } from "../input/nearest.js";
import type { Seed } from "./seed.js";
import type { SeedProblem } from "./seed-error.js";

/** Finds identifiers that are used twice and references that lead nowhere; looks at nothing else. */
export function findReferenceProblems(seed: Seed): SeedProblem[] {
  const users = new Set(seed.users.map(({ id }) => id));
  const organizations = new Set(seed.organizations.map(({ id }) => id));
  const directories = new Set(seed.directories.map(({ id }) => id));
  const groups = new Set(seed.directoryGroups.map(({ id }) => id));
  const roles = new Set(seed.roles.map(({ slug }) => slug));
  const apiKeys = seed.apiKeys ?? [];
  const { featureFlags = [], authorizationResources = [], roleAssignments = [] } = seed;
  const authorized = new Set(authorizationResources.map(({ id }) => id));
  const memberships = new Set(seed.memberships.map(({ id }) => id));
  const permissions = new Set(seed.permissions.map(({ slug }) => slug));
  return [
    ...duplicates("users", "id", seed.users),
    ...duplicates(
      "users",
      "email",
      seed.users.map(({ email }) => ({ email: email.toLowerCase() })),
    ),
    ...duplicates("organizations", "id", seed.organizations),
    ...duplicates("memberships", "id", seed.memberships),
    ...duplicates("permissions", "slug", seed.permissions),
    ...duplicates(
      "applications",
      "clientId",
      [{ clientId: seed.clientId }, ...seed.applications],
      -1,
    ),
    ...duplicates("apiKeys", "id", apiKeys),
    ...duplicates("apiKeys", "value", [{ value: seed.apiKey }, ...apiKeys], -1),
    ...duplicates("resources", "uri", seed.resources),
    ...duplicates("directories", "id", seed.directories),
    ...duplicates("directoryGroups", "id", seed.directoryGroups),
    ...duplicates("directoryUsers", "id", seed.directoryUsers),
    ...duplicates("connections", "id", seed.connections),
    ...strangers("memberships", "userId", seed.memberships, users),
    ...strangers("memberships", "organizationId", seed.memberships, organizations),
    ...strangersInside("memberships", "roles", seed.memberships, roles),
    ...strangers("roles", "organizationId", seed.roles, organizations),
    ...strangersInside("roles", "permissions", seed.roles, permissions),
    ...strangers("applications", "organizationId", seed.applications, organizations),
    ...strangers("apiKeys", "organizationId", apiKeys, organizations),
    ...strangers("apiKeys", "userId", apiKeys, users),
    ...strangersInside("apiKeys", "permissions", apiKeys, permissions),
    ...strangers("directories", "organizationId", seed.directories, organizations),
    ...strangers("directoryGroups", "directoryId", seed.directoryGroups, directories),
    ...strangers("directoryUsers", "directoryId", seed.directoryUsers, directories),
    ...strangersInside("directoryUsers", "groupIds", seed.directoryUsers, groups),
    ...strangers("connections", "organizationId", seed.connections, organizations),
    ...duplicates("featureFlags", "slug", featureFlags),
    ...strangersInside(
      "featureFlags",
      "targets",
      featureFlags,
      new Set([...users, ...organizations]),
    ),
    ...duplicates("authorizationResources", "id", authorizationResources),
    ...strangers("authorizationResources", "organizationId", authorizationResources, organizations),
    ...strangers("authorizationResources", "parentId", authorizationResources, authorized),
    ...strangers("roleAssignments", "membershipId", roleAssignments, memberships),
    ...strangers("roleAssignments", "roleSlug", roleAssignments, roles),
    ...strangers("roleAssignments", "resourceId", roleAssignments, authorized),
    ...emptyRoles(seed),
    ...severalDefaults(seed),
  ];
}

function duplicates(
  list: string,
  field: string,
  items: readonly object[],
  offset = 0,
): SeedProblem[] {
  const seen = new Set<unknown>();
  return items.flatMap((item, index) => {
    const value = readField(item, field);
    if (!seen.has(value)) {
      seen.add(value);
      return [];
    }
    return [{ path: `${list}[${index + offset}].${field}`, message: "is used twice" }];
  });
}

function strangers(
  list: string,
  field: string,
  items: readonly object[],
  known: ReadonlySet<string>,
): SeedProblem[] {
  return items.flatMap((item, index) => {
    const value = readField(item, field);
    if (value === undefined || (typeof value === "string" && known.has(value))) return [];
    return [{ path: `${list}[${index}].${field}`, message: describeStranger(value, known) }];
  });
}

function strangersInside(
  list: string,
  field: string,
  items: readonly object[],
  known: ReadonlySet<string>,
): SeedProblem[] {
  return items.flatMap((item, index) => {
    const values = (readField(item, field) ?? []) as readonly string[];
    return values.flatMap((value, position) => {
      if (known.has(value)) return [];
      const path = `${list}[${index}].${field}[${position}]`;
      return [{ path, message: describeStranger(value, known) }];
    });
  });
}

function describeStranger(value: unknown, known: ReadonlySet<string>): string {
  return `names ${JSON.stringify(value)}, which the seed does not have.${suggest(String(value), [...known])}`;
}

function emptyRoles(seed: Seed): SeedProblem[] {
  return seed.memberships.flatMap(({ roles }, index) =>
    roles.length > 0
      ? []
      : [{ path: `memberships[${index}].roles`, message: "must name at least one role" }],
  );
}

function severalDefaults(seed: Seed): SeedProblem[] {
  const marked = seed.resources.flatMap((resource, index) =>
    resource.default === true ? [index] : [],
  );
  return marked.slice(1).map((index) => ({
    path: `resources[${index}].default`,
    message: "is true for another resource already",
  }));
}

function readField(item: object, field: string): unknown {
  return (item as Readonly<Record<string, unknown>>)[field];
}
