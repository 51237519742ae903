import type { EventLog } from "../events/event-log.js";
import { createIdentifier } from "../secrets/identifier.js";
import type {
  Seed,
  SeedApiKey,
  SeedApplication,
  SeedAuthorizationResource,
  SeedConnection,
  SeedDirectory,
  SeedDirectoryGroup,
  SeedDirectoryUser,
  SeedFeatureFlag,
  SeedMembership,
  SeedOrganization,
  SeedPermission,
  SeedRole,
  SeedRoleAssignment,
  SeedUser,
} from "../seed/seed.js";
import type { AuditLogEvent } from "./audit-log-event.js";
import { createAuditLogSchemas, type AuditLogSchemas } from "./audit-log-schemas.js";
import { createTable, type Observer, type Row, type Table } from "./table.js";

export interface User extends SeedUser {
  readonly name?: string;
  readonly lastSignInAt?: number;
}

export interface ApiKey extends SeedApiKey {
  readonly lastUsedAt?: number;
}

export interface Role extends SeedRole {
  readonly id: string;
}

export interface Permission extends SeedPermission {
  readonly id: string;
}

export interface FeatureFlag extends SeedFeatureFlag {
  readonly id: string;
}

export interface Resource {
  readonly id: string;
  readonly uri: string;
  readonly default: boolean;
}

/** What a WorkOS environment holds: the sign-in pages read it, the REST API reads and changes it. */
export interface Environment {
  readonly clientId: string;
  readonly apiKey: string;
  readonly applications: readonly SeedApplication[];
  readonly users: Table<User>;
  readonly organizations: Table<SeedOrganization>;
  readonly memberships: Table<SeedMembership>;
  readonly roles: Table<Role>;
  readonly permissions: Table<Permission>;
  readonly apiKeys: Table<ApiKey>;
  readonly resources: Table<Resource>;
  readonly directories: Table<SeedDirectory>;
  readonly directoryGroups: Table<SeedDirectoryGroup>;
  readonly directoryUsers: Table<SeedDirectoryUser>;
  readonly connections: Table<SeedConnection>;
  readonly featureFlags: Table<FeatureFlag>;
  readonly authorizationResources: Table<SeedAuthorizationResource>;
  readonly roleAssignments: readonly SeedRoleAssignment[];
  readonly auditLogSchemas: AuditLogSchemas;
  readonly auditLogEvents: AuditLogEvent[];
  readonly consents: Table<Consent>;
  readonly sessions: Table<Session>;
  readonly events: EventLog;
}

/** What a person allowed a client to do; its ID is the `sid` of the tokens that come of it. */
export interface Consent {
  readonly id: string;
  readonly userId: string;
  readonly clientId: string;
  readonly clientName: string;
  /** The same for every consent to the client. */
  readonly applicationId: string;
  readonly organizationId?: string;
  readonly scopes: readonly string[];
  readonly resource: string;
}

/** A sign-in; no token names it, since their `sid` is the consent. */
export interface Session {
  readonly id: string;
  readonly userId: string;
  readonly organizationId?: string;
  /** In milliseconds since the epoch. */
  readonly revokedAt?: number;
}

/** Called with changes of users, memberships and the like. */
export interface Observers {
  readonly users: Observer<User>;
  readonly organizations: Observer<SeedOrganization>;
  readonly memberships: Observer<SeedMembership>;
  readonly roles: Observer<Role>;
  readonly apiKeys: Observer<ApiKey>;
  readonly sessions: Observer<Session>;
}

export function createEnvironment(
  seed: Seed,
  now: () => number,
  { events, announce }: { readonly events: EventLog; readonly announce: Observers },
): Environment {
  const resources = seed.resources.map((resource) => ({
    id: createIdentifier("authkit_oauth_resource", now),
    uri: resource.uri,
    default: resource.default ?? false,
  }));
  const roles = seed.roles.map((role) => ({ ...role, id: createIdentifier("role", now) }));
  const permissions = seed.permissions.map((permission) => ({
    ...permission,
    id: createIdentifier("perm", now),
  }));
  const flags = (seed.featureFlags ?? []).map((flag) => ({
    ...flag,
    id: createIdentifier("flag", now),
  }));
  return {
    clientId: seed.clientId,
    apiKey: seed.apiKey,
    applications: seed.applications,
    users: createTable<User>(seed.users, now, announce.users),
    organizations: createTable(seed.organizations, now, announce.organizations),
    memberships: createTable(seed.memberships, now, announce.memberships),
    roles: createTable<Role>(roles, now, announce.roles),
    permissions: createTable<Permission>(permissions, now),
    apiKeys: createTable<ApiKey>(seed.apiKeys ?? [], now, announce.apiKeys),
    resources: createTable<Resource>(resources, now),
    directories: createTable(seed.directories, now),
    directoryGroups: createTable(seed.directoryGroups, now),
    directoryUsers: createTable(seed.directoryUsers, now),
    connections: createTable(seed.connections, now),
    featureFlags: createTable<FeatureFlag>(flags, now),
    authorizationResources: createTable(seed.authorizationResources ?? [], now),
    roleAssignments: seed.roleAssignments ?? [],
    auditLogSchemas: createAuditLogSchemas(seed.auditLogSchemas ?? [], now),
    auditLogEvents: [],
    consents: createTable<Consent>([], now),
    sessions: createTable<Session>([], now, announce.sessions),
    events,
  };
}

/** The organizations a person can act in: those with an active membership (pending and inactive ones do not count). */
export function findActiveOrganizations(
  environment: Environment,
  userId: string,
): readonly Row<SeedOrganization>[] {
  return environment.memberships.all().flatMap((membership) => {
    if (membership.userId !== userId || (membership.status ?? "active") !== "active") return [];
    const organization = environment.organizations.find(membership.organizationId);
    return organization === undefined ? [] : [organization];
  });
}

export function fullName(user: Pick<User, "name" | "firstName" | "lastName">): string | undefined {
  const parts = [user.firstName, user.lastName].filter((part) => part !== undefined);
  return user.name ?? (parts.length > 0 ? parts.join(" ") : undefined);
}
