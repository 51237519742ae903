import {
  fullName,
  type ApiKey,
  type Consent,
  type Environment,
  type FeatureFlag,
  type Permission,
  type Resource,
  type Role,
  type Session,
  type User,
} from "../environment/environment.js";
import type { Row } from "../environment/table.js";
import type {
  SeedConnection,
  SeedDirectory,
  SeedDirectoryGroup,
  SeedDirectoryUser,
  SeedMembership,
  SeedOrganization,
} from "../seed/seed.js";

type Json = Record<string, unknown>;

export function serializeUser(user: Row<User>): Json {
  return {
    object: "user",
    id: user.id,
    email: user.email,
    email_verified: user.emailVerified ?? true,
    name: fullName(user) ?? null,
    first_name: user.firstName ?? null,
    last_name: user.lastName ?? null,
    profile_picture_url: user.profilePictureUrl ?? null,
    last_sign_in_at: user.lastSignInAt === undefined ? null : timestamp(user.lastSignInAt),
    locale: user.locale ?? null,
    external_id: user.externalId ?? null,
    metadata: user.metadata ?? {},
    ...times(user),
  };
}

export function serializeOrganization(organization: Row<SeedOrganization>): Json {
  return {
    object: "organization",
    id: organization.id,
    name: organization.name,
    allow_profiles_outside_organization: false,
    domains: (organization.domains ?? []).map((domain, index) => ({
      object: "organization_domain",
      id: `org_domain_${organization.id.replace(/^org_/u, "")}${index}`,
      domain,
      organization_id: organization.id,
      state: "verified",
      verification_strategy: "manual",
      ...times(organization),
    })),
    external_id: organization.externalId ?? null,
    metadata: organization.metadata ?? {},
    ...times(organization),
  };
}

export function serializeMembership(
  environment: Environment,
  membership: Row<SeedMembership>,
): Json {
  const roles = membership.roles.map((slug) => ({ slug }));
  return {
    object: "organization_membership",
    id: membership.id,
    user_id: membership.userId,
    organization_id: membership.organizationId,
    organization_name: environment.organizations.find(membership.organizationId)?.name ?? null,
    status: membership.status ?? "active",
    directory_managed: false,
    role: roles[0] ?? null,
    roles,
    custom_attributes: {},
    ...times(membership),
  };
}

export function serializeRole(role: Row<Role>): Json {
  return {
    object: "role",
    id: role.id,
    name: role.name,
    slug: role.slug,
    description: role.description ?? null,
    permissions: role.permissions,
    resource_type_slug: "organization",
    type: role.organizationId === undefined ? "EnvironmentRole" : "OrganizationRole",
    ...times(role),
  };
}

export function serializePermission(permission: Row<Permission>): Json {
  return {
    object: "permission",
    id: permission.id,
    slug: permission.slug,
    name: permission.name,
    description: permission.description ?? null,
    system: false,
    resource_type_slug: "organization",
    ...times(permission),
  };
}

/** A role as events tell it, which is not quite as the API shows it. */
export function serializeRoleEvent(role: Row<Role>): Json {
  const { slug, permissions, organizationId } = role;
  const common = { slug, resource_type_slug: "organization", permissions, ...times(role) };
  return organizationId === undefined
    ? { object: "role", ...common }
    : {
        object: "organization_role",
        organization_id: organizationId,
        name: role.name,
        description: role.description ?? null,
        ...common,
      };
}

export function serializeConsent(consent: Row<Consent>): Json {
  const { id, clientId, clientName, applicationId, scopes, resource } = consent;
  return {
    object: "authorized_connect_application",
    id,
    granted_scopes: scopes,
    oauth_resource: resource,
    application: {
      object: "connect_application",
      id: applicationId,
      client_id: clientId,
      name: clientName,
      application_type: "oauth",
      is_first_party: false,
      ...times(consent),
    },
  };
}

/** How a user signed in is not distinguished here; it lasts a day. */
export function serializeSession(session: Row<Session>): Json {
  const { id, userId, organizationId, revokedAt, createdAt } = session;
  return {
    object: "session",
    id,
    user_id: userId,
    ...(organizationId === undefined ? {} : { organization_id: organizationId }),
    ip_address: null,
    user_agent: null,
    auth_method: "unknown",
    status: revokedAt === undefined ? "active" : "revoked",
    expires_at: timestamp(createdAt + 86_400_000),
    ended_at: revokedAt === undefined ? null : timestamp(revokedAt),
    ...times(session),
  };
}

/** The value is never shown again, only its end. */
export function serializeApiKey(key: Row<ApiKey>): Json {
  const { id, name, value, organizationId, userId } = key;
  return {
    object: "api_key",
    id,
    owner:
      userId === undefined
        ? { type: "organization", id: organizationId }
        : { type: "user", id: userId, organization_id: organizationId },
    name,
    obfuscated_value: `sk_…${value.slice(-4)}`,
    permissions: key.permissions ?? [],
    last_used_at: key.lastUsedAt === undefined ? null : timestamp(key.lastUsedAt),
    ...times(key),
  };
}

export function serializeFeatureFlag(flag: Row<FeatureFlag>): Json {
  return {
    object: "feature_flag",
    id: flag.id,
    slug: flag.slug,
    name: flag.name ?? flag.slug,
    description: flag.description ?? null,
    tags: [],
    enabled: flag.enabled,
    default_value: flag.defaultValue ?? false,
    ...times(flag),
  };
}

export function serializeResource(resource: Row<Resource>): Json {
  const { id, uri } = resource;
  return {
    object: "authkit_oauth_resource",
    id,
    uri,
    default: resource.default,
    ...times(resource),
  };
}

export function serializeDirectory(directory: Row<SeedDirectory>): Json {
  return {
    object: "directory",
    id: directory.id,
    domain: directory.domain ?? "",
    external_key: directory.id.replace(/^directory_/u, ""),
    name: directory.name,
    organization_id: directory.organizationId,
    state: directory.state ?? "linked",
    type: directory.type ?? "generic scim v2.0",
    ...times(directory),
  };
}

export function serializeDirectoryGroup(
  environment: Environment,
  group: Row<SeedDirectoryGroup>,
): Json {
  return {
    object: "directory_group",
    id: group.id,
    idp_id: group.idpId ?? group.id,
    directory_id: group.directoryId,
    organization_id: environment.directories.find(group.directoryId)?.organizationId ?? null,
    name: group.name,
    raw_attributes: {},
    ...times(group),
  };
}

export function serializeDirectoryUser(
  environment: Environment,
  user: Row<SeedDirectoryUser>,
): Json {
  const groups = (user.groupIds ?? []).flatMap((id) => environment.directoryGroups.find(id) ?? []);
  return {
    object: "directory_user",
    id: user.id,
    idp_id: user.idpId ?? user.id,
    directory_id: user.directoryId,
    organization_id: environment.directories.find(user.directoryId)?.organizationId ?? null,
    email: user.email,
    first_name: user.firstName ?? null,
    last_name: user.lastName ?? null,
    state: user.state ?? "active",
    groups: groups.map((group) => serializeDirectoryGroup(environment, group)),
    raw_attributes: {},
    custom_attributes: user.customAttributes ?? {},
    ...times(user),
  };
}

export function serializeConnection(connection: Row<SeedConnection>): Json {
  return {
    object: "connection",
    id: connection.id,
    organization_id: connection.organizationId,
    connection_type: connection.type ?? "GenericSAML",
    name: connection.name,
    state: connection.state ?? "active",
    domains: (connection.domains ?? []).map((domain, index) => ({
      object: "connection_domain",
      id: `conn_domain_${connection.id.replace(/^conn_/u, "")}${index}`,
      domain,
    })),
    ...times(connection),
  };
}

function times(row: { readonly createdAt: number; readonly updatedAt: number }): Json {
  return { created_at: timestamp(row.createdAt), updated_at: timestamp(row.updatedAt) };
}

function timestamp(time: number): string {
  return new Date(time).toISOString();
}
