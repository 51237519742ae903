import { defaultSeed } from "./default-seed.js";
import type { FieldReader } from "../input/field-reader.js";
import type {
  Features,
  Seed,
  SeedApiKey,
  SeedApplication,
  SeedAuditLogSchema,
  SeedAuthorizationResource,
  SeedConnection,
  SeedDirectory,
  SeedDirectoryGroup,
  SeedDirectoryUser,
  SeedFeatureFlag,
  SeedMembership,
  SeedOrganization,
  SeedPermission,
  SeedResource,
  SeedRole,
  SeedRoleAssignment,
  SeedUser,
} from "./seed.js";
import {
  apiKeyRule,
  emailRule,
  identifierRule,
  redirectUriRule,
  resourceRule,
  scopeRule,
  slugRule,
} from "./text-rule.js";

const userId = identifierRule("user");
const organizationId = identifierRule("org");
const clientId = identifierRule("client");
const directoryId = identifierRule("directory");
const authorizationResourceId = identifierRule("authz_resource");
const directoryGroupId = identifierRule("directory_group");

/** Reads a whole seed; lists that are left out are empty, the client ID and API key default to the local ones. */
export function readSeed(reader: FieldReader): Seed {
  return omitUndefined({
    clientId: reader.optionalText("clientId", clientId) ?? defaultSeed.clientId,
    apiKey: reader.optionalText("apiKey", apiKeyRule) ?? defaultSeed.apiKey,
    users: reader.items("users", readUser),
    organizations: reader.items("organizations", readOrganization),
    memberships: reader.items("memberships", readMembership),
    roles: reader.items("roles", readRole),
    permissions: reader.items("permissions", readPermission),
    applications: reader.items("applications", readApplication),
    apiKeys: reader.optionalItems("apiKeys", readApiKey),
    resources: reader.items("resources", readResource),
    directories: reader.items("directories", readDirectory),
    directoryGroups: reader.items("directoryGroups", readDirectoryGroup),
    directoryUsers: reader.items("directoryUsers", readDirectoryUser),
    connections: reader.items("connections", readConnection),
    featureFlags: reader.optionalItems("featureFlags", readFeatureFlag),
    authorizationResources: reader.optionalItems(
      "authorizationResources",
      readAuthorizationResource,
    ),
    roleAssignments: reader.optionalItems("roleAssignments", readRoleAssignment),
    auditLogSchemas: reader.optionalItems("auditLogSchemas", readAuditLogSchema),
    features: reader.optionalItem("features", readFeatures),
  });
}

function readUser(reader: FieldReader): SeedUser {
  return omitUndefined({
    id: reader.text("id", userId),
    email: reader.text("email", emailRule),
    emailVerified: reader.optionalFlag("emailVerified"),
    firstName: reader.optionalText("firstName"),
    lastName: reader.optionalText("lastName"),
    profilePictureUrl: reader.optionalText("profilePictureUrl"),
    locale: reader.optionalText("locale"),
    externalId: reader.optionalText("externalId"),
    metadata: reader.optionalRecord("metadata"),
  });
}

function readOrganization(reader: FieldReader): SeedOrganization {
  return omitUndefined({
    id: reader.text("id", organizationId),
    name: reader.text("name"),
    domains: reader.optionalTexts("domains"),
    externalId: reader.optionalText("externalId"),
    metadata: reader.optionalRecord("metadata"),
  });
}

function readMembership(reader: FieldReader): SeedMembership {
  return omitUndefined({
    id: reader.text("id", identifierRule("om")),
    userId: reader.text("userId", userId),
    organizationId: reader.text("organizationId", organizationId),
    roles: reader.texts("roles", slugRule),
    status: reader.optionalChoice("status", ["active", "inactive", "pending"]),
  });
}

function readRole(reader: FieldReader): SeedRole {
  return omitUndefined({
    slug: reader.text("slug", slugRule),
    name: reader.text("name"),
    description: reader.optionalText("description"),
    permissions: reader.texts("permissions", slugRule),
    organizationId: reader.optionalText("organizationId", organizationId),
  });
}

function readPermission(reader: FieldReader): SeedPermission {
  return omitUndefined({
    slug: reader.text("slug", slugRule),
    name: reader.text("name"),
    description: reader.optionalText("description"),
  });
}

function readApplication(reader: FieldReader): SeedApplication {
  if (reader.choice("kind", ["oauth", "m2m"]) === "m2m") {
    return omitUndefined({
      kind: "m2m" as const,
      clientId: reader.text("clientId", clientId),
      clientSecret: reader.text("clientSecret"),
      name: reader.text("name"),
      organizationId: reader.text("organizationId", organizationId),
      scopes: reader.optionalTexts("scopes", scopeRule),
    });
  }
  return omitUndefined({
    kind: "oauth" as const,
    clientId: reader.text("clientId", clientId),
    name: reader.text("name"),
    redirectUris: reader.texts("redirectUris", redirectUriRule),
    clientSecret: reader.optionalText("clientSecret"),
  });
}

function readApiKey(reader: FieldReader): SeedApiKey {
  return omitUndefined({
    id: reader.text("id", identifierRule("api_key")),
    name: reader.text("name"),
    value: reader.text("value", apiKeyRule),
    organizationId: reader.text("organizationId", organizationId),
    userId: reader.optionalText("userId", userId),
    permissions: reader.optionalTexts("permissions", slugRule),
  });
}

function readResource(reader: FieldReader): SeedResource {
  return omitUndefined({
    uri: reader.text("uri", resourceRule),
    default: reader.optionalFlag("default"),
  });
}

function readDirectory(reader: FieldReader): SeedDirectory {
  return omitUndefined({
    id: reader.text("id", directoryId),
    name: reader.text("name"),
    organizationId: reader.text("organizationId", organizationId),
    type: reader.optionalText("type"),
    domain: reader.optionalText("domain"),
    state: reader.optionalChoice("state", ["linked", "unlinked"]),
  });
}

function readDirectoryGroup(reader: FieldReader): SeedDirectoryGroup {
  return omitUndefined({
    id: reader.text("id", directoryGroupId),
    directoryId: reader.text("directoryId", directoryId),
    name: reader.text("name"),
    idpId: reader.optionalText("idpId"),
  });
}

function readDirectoryUser(reader: FieldReader): SeedDirectoryUser {
  return omitUndefined({
    id: reader.text("id", identifierRule("directory_user")),
    directoryId: reader.text("directoryId", directoryId),
    email: reader.text("email", emailRule),
    firstName: reader.optionalText("firstName"),
    lastName: reader.optionalText("lastName"),
    idpId: reader.optionalText("idpId"),
    state: reader.optionalChoice("state", ["active", "inactive"]),
    groupIds: reader.optionalTexts("groupIds", directoryGroupId),
    customAttributes: reader.optionalRecord("customAttributes"),
  });
}

function readConnection(reader: FieldReader): SeedConnection {
  return omitUndefined({
    id: reader.text("id", identifierRule("conn")),
    organizationId: reader.text("organizationId", organizationId),
    name: reader.text("name"),
    type: reader.optionalText("type"),
    state: reader.optionalChoice("state", ["active", "inactive"]),
    domains: reader.optionalTexts("domains"),
  });
}

function readFeatureFlag(reader: FieldReader): SeedFeatureFlag {
  return omitUndefined({
    slug: reader.text("slug", slugRule),
    name: reader.optionalText("name"),
    description: reader.optionalText("description"),
    enabled: reader.optionalFlag("enabled") ?? true,
    defaultValue: reader.optionalFlag("defaultValue"),
    targets: reader.optionalTexts("targets"),
  });
}

function readAuthorizationResource(reader: FieldReader): SeedAuthorizationResource {
  return omitUndefined({
    id: reader.text("id", authorizationResourceId),
    typeSlug: reader.text("typeSlug", slugRule),
    externalId: reader.text("externalId"),
    name: reader.text("name"),
    organizationId: reader.text("organizationId", organizationId),
    parentId: reader.optionalText("parentId", authorizationResourceId),
  });
}

function readRoleAssignment(reader: FieldReader): SeedRoleAssignment {
  return {
    membershipId: reader.text("membershipId", identifierRule("om")),
    roleSlug: reader.text("roleSlug", slugRule),
    resourceId: reader.text("resourceId", authorizationResourceId),
  };
}

function readAuditLogSchema(reader: FieldReader): SeedAuditLogSchema {
  return omitUndefined({
    action: reader.text("action"),
    targets: reader.optionalItems("targets", (target) =>
      omitUndefined({ type: target.text("type"), metadata: target.optionalRecord("metadata") }),
    ),
    actor: reader.optionalItem("actor", (actor) =>
      omitUndefined({ metadata: actor.optionalRecord("metadata") }),
    ),
    metadata: reader.optionalRecord("metadata"),
  });
}

export function readFeatures(reader: FieldReader): Partial<Features> {
  return omitUndefined({
    clientIdMetadataDocuments: reader.optionalFlag("clientIdMetadataDocuments"),
    dynamicClientRegistration: reader.optionalFlag("dynamicClientRegistration"),
    resourceIndicators: reader.optionalFlag("resourceIndicators"),
    issuerParameter: reader.optionalFlag("issuerParameter"),
  });
}

type Defined<T> = { [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key] } & {
  [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined>;
};

function omitUndefined<T extends object>(record: T): Defined<T> {
  return Object.fromEntries(
    Object.entries(record).filter(([, value]) => value !== undefined),
  ) as Defined<T>;
}
