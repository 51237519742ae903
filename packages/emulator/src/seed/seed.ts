/** A person who can sign in. */
export interface SeedUser {
  readonly id: string;
  readonly email: string;
  readonly emailVerified?: boolean;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly profilePictureUrl?: string;
  readonly locale?: string;
  readonly externalId?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface SeedOrganization {
  readonly id: string;
  readonly name: string;
  readonly domains?: readonly string[];
  readonly externalId?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** An API key of an organization, or of one of its members when `userId` is given. */
export interface SeedApiKey {
  readonly id: string;
  readonly name: string;
  /** What a caller presents, `sk_…`. */
  readonly value: string;
  readonly organizationId: string;
  readonly userId?: string;
  readonly permissions?: readonly string[];
}

export type MembershipStatus = "active" | "inactive" | "pending";

/** A person in an organization; the first role is the one WorkOS calls the membership's `role`. */
export interface SeedMembership {
  readonly id: string;
  readonly userId: string;
  readonly organizationId: string;
  readonly roles: readonly string[];
  readonly status?: MembershipStatus;
}

/** A role of the environment, or of one organization when `organizationId` is given. */
export interface SeedRole {
  readonly slug: string;
  readonly name: string;
  readonly description?: string;
  readonly permissions: readonly string[];
  readonly organizationId?: string;
}

export interface SeedPermission {
  readonly slug: string;
  readonly name: string;
  readonly description?: string;
}

/** A feature flag: off for everybody, or on for its targets and, by default, for the rest. */
export interface SeedFeatureFlag {
  readonly slug: string;
  readonly name?: string;
  readonly description?: string;
  readonly enabled: boolean;
  /** What everybody gets who is no target; false when left out. */
  readonly defaultValue?: boolean;
  /** Users and organizations that the flag is on for. */
  readonly targets?: readonly string[];
}

/** A resource of Fine-Grained Authorization, under an organization or another resource. */
export interface SeedAuthorizationResource {
  readonly id: string;
  readonly typeSlug: string;
  /** The ID that the resource has in your own system. */
  readonly externalId: string;
  readonly name: string;
  readonly organizationId: string;
  readonly parentId?: string;
}

/** A role that a membership has on one resource and on what lies below it. */
export interface SeedRoleAssignment {
  readonly membershipId: string;
  readonly roleSlug: string;
  readonly resourceId: string;
}

/** An OAuth application registered in the dashboard: public without a secret, confidential with one. */
export interface SeedOAuthApplication {
  readonly kind: "oauth";
  readonly clientId: string;
  readonly name: string;
  readonly redirectUris: readonly string[];
  readonly clientSecret?: string;
}

/** A machine-to-machine application, which authenticates as itself and belongs to an organization. */
export interface SeedMachineApplication {
  readonly kind: "m2m";
  readonly clientId: string;
  readonly clientSecret: string;
  readonly name: string;
  readonly organizationId: string;
  readonly scopes?: readonly string[];
}

export type SeedApplication = SeedOAuthApplication | SeedMachineApplication;

/** A resource indicator (RFC 8707), as added under *Connect → Configuration* in the dashboard. */
export interface SeedResource {
  readonly uri: string;
  readonly default?: boolean;
}

export interface SeedDirectory {
  readonly id: string;
  readonly name: string;
  readonly organizationId: string;
  readonly type?: string;
  readonly domain?: string;
  readonly state?: "linked" | "unlinked";
}

export interface SeedDirectoryGroup {
  readonly id: string;
  readonly directoryId: string;
  readonly name: string;
  readonly idpId?: string;
}

export interface SeedDirectoryUser {
  readonly id: string;
  readonly directoryId: string;
  readonly email: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly idpId?: string;
  readonly state?: "active" | "inactive";
  readonly groupIds?: readonly string[];
  readonly customAttributes?: Readonly<Record<string, string>>;
}

/** An SSO connection of an organization. */
export interface SeedConnection {
  readonly id: string;
  readonly organizationId: string;
  readonly name: string;
  readonly type?: string;
  readonly state?: "active" | "inactive";
  readonly domains?: readonly string[];
}

/** The names in metadata, each with its type: `string`, `number` or `boolean`. */
export type SeedMetadataTypes = Readonly<Record<string, string>>;

/** The schema of an audit log action, as the SDK's `createSchema` takes it; without `targets` it takes any. */
export interface SeedAuditLogSchema {
  readonly action: string;
  readonly targets?: readonly { readonly type: string; readonly metadata?: SeedMetadataTypes }[];
  readonly actor?: { readonly metadata?: SeedMetadataTypes };
  readonly metadata?: SeedMetadataTypes;
}

/** The dashboard's switches that change what the authorization server offers. */
export interface Features {
  readonly clientIdMetadataDocuments: boolean;
  readonly dynamicClientRegistration: boolean;
  readonly resourceIndicators: boolean;
  /** RFC 9207's `iss` in authorization responses, which AuthKit does not send. */
  readonly issuerParameter: boolean;
}

/** Everything an emulated WorkOS environment starts with: plain data, and the shape of a seed file. */
export interface Seed {
  readonly clientId: string;
  readonly apiKey: string;
  readonly users: readonly SeedUser[];
  readonly organizations: readonly SeedOrganization[];
  readonly memberships: readonly SeedMembership[];
  readonly roles: readonly SeedRole[];
  readonly permissions: readonly SeedPermission[];
  readonly applications: readonly SeedApplication[];
  /** API keys for machines; none when left out. */
  readonly apiKeys?: readonly SeedApiKey[];
  readonly resources: readonly SeedResource[];
  readonly directories: readonly SeedDirectory[];
  readonly directoryGroups: readonly SeedDirectoryGroup[];
  readonly directoryUsers: readonly SeedDirectoryUser[];
  readonly connections: readonly SeedConnection[];
  readonly featureFlags?: readonly SeedFeatureFlag[];
  readonly authorizationResources?: readonly SeedAuthorizationResource[];
  readonly roleAssignments?: readonly SeedRoleAssignment[];
  /** Events of an action without a schema are refused, as WorkOS refuses them; none has one when left out. */
  readonly auditLogSchemas?: readonly SeedAuditLogSchema[];
  readonly features?: Partial<Features>;
}
