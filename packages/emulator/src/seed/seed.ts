/** A person who can sign in. */
export interface SeedUser {
  /** Its ID, with the prefix that WorkOS gives. */
  readonly id: string;
  /** The address that the person signs in with. */
  readonly email: string;
  /** Whether the address was verified. */
  readonly emailVerified?: boolean;
  /** The given name. */
  readonly firstName?: string;
  /** The family name. */
  readonly lastName?: string;
  /** The URL of a picture. */
  readonly profilePictureUrl?: string;
  /** The preferred language. */
  readonly locale?: string;
  /** Its ID in your own system. */
  readonly externalId?: string;
  /** Values of your own. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** One organization of the seed. */
export interface SeedOrganization {
  /** Its ID, with the prefix that WorkOS gives. */
  readonly id: string;
  /** The name that people read. */
  readonly name: string;
  /** Domains, such as acme.test. */
  readonly domains?: readonly string[];
  /** Its ID in your own system. */
  readonly externalId?: string;
  /** Values of your own. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** An API key of an organization, or of one of its members when `userId` is given. */
export interface SeedApiKey {
  /** Its ID, with the prefix that WorkOS gives. */
  readonly id: string;
  /** The name that people read. */
  readonly name: string;
  /** What a caller presents, `sk_…`. */
  readonly value: string;
  /** The organization that it belongs to. */
  readonly organizationId: string;
  /** The user whose it is. */
  readonly userId?: string;
  /** Slugs of permissions of the seed. */
  readonly permissions?: readonly string[];
}

/** Whether a membership counts. */
export type MembershipStatus = "active" | "inactive" | "pending";

/** A person in an organization; the first role is the one WorkOS calls the membership's `role`. */
export interface SeedMembership {
  /** Its ID, with the prefix that WorkOS gives. */
  readonly id: string;
  /** The user whose it is. */
  readonly userId: string;
  /** The organization that it belongs to. */
  readonly organizationId: string;
  /** Slugs of roles of the seed. */
  readonly roles: readonly string[];
  /** Whether it counts; `active` when left out. */
  readonly status?: MembershipStatus;
}

/** A role of the environment, or of one organization when `organizationId` is given. */
export interface SeedRole {
  /** The slug that rules and tokens name. */
  readonly slug: string;
  /** The name that people read. */
  readonly name: string;
  /** What it is for. */
  readonly description?: string;
  /** Slugs of permissions of the seed. */
  readonly permissions: readonly string[];
  /** The organization that it belongs to. */
  readonly organizationId?: string;
}

/** One permission of the seed. */
export interface SeedPermission {
  /** The slug that rules and tokens name. */
  readonly slug: string;
  /** The name that people read. */
  readonly name: string;
  /** What it is for. */
  readonly description?: string;
}

/** A feature flag: off for everybody, or on for its targets and, by default, for the rest. */
export interface SeedFeatureFlag {
  /** The slug that rules and tokens name. */
  readonly slug: string;
  /** The name that people read. */
  readonly name?: string;
  /** What it is for. */
  readonly description?: string;
  /** Whether it is on at all. */
  readonly enabled: boolean;
  /** What everybody gets who is no target; false when left out. */
  readonly defaultValue?: boolean;
  /** Users and organizations that the flag is on for. */
  readonly targets?: readonly string[];
}

/** A resource of Fine-Grained Authorization, under an organization or another resource. */
export interface SeedAuthorizationResource {
  /** Its ID, with the prefix that WorkOS gives. */
  readonly id: string;
  /** The type of the resource. */
  readonly typeSlug: string;
  /** The ID that the resource has in your own system. */
  readonly externalId: string;
  /** The name that people read. */
  readonly name: string;
  /** The organization that it belongs to. */
  readonly organizationId: string;
  /** The resource above it. */
  readonly parentId?: string;
}

/** A role that a membership has on one resource and on what lies below it. */
export interface SeedRoleAssignment {
  /** The membership that gets the role. */
  readonly membershipId: string;
  /** The role. */
  readonly roleSlug: string;
  /** The resource that it counts on. */
  readonly resourceId: string;
}

/** An OAuth application registered in the dashboard: public without a secret, confidential with one. */
export interface SeedOAuthApplication {
  /** Distinguishes the kinds of applications. */
  readonly kind: "oauth";
  /** The client ID. */
  readonly clientId: string;
  /** The name that people read. */
  readonly name: string;
  /** Where the application may be sent back to. */
  readonly redirectUris: readonly string[];
  /** The client secret. */
  readonly clientSecret?: string;
}

/** A machine-to-machine application, which authenticates as itself and belongs to an organization. */
export interface SeedMachineApplication {
  /** Distinguishes the kinds of applications. */
  readonly kind: "m2m";
  /** The client ID. */
  readonly clientId: string;
  /** The client secret. */
  readonly clientSecret: string;
  /** The name that people read. */
  readonly name: string;
  /** The organization that it belongs to. */
  readonly organizationId: string;
  /** The scopes that it may ask for. */
  readonly scopes?: readonly string[];
}

/** An application of Connect. */
export type SeedApplication = SeedOAuthApplication | SeedMachineApplication;

/** A resource indicator (RFC 8707), as added under *Connect → Configuration* in the dashboard. */
export interface SeedResource {
  /** The resource indicator, compared byte by byte. */
  readonly uri: string;
  /** Whether it counts where none is asked for. */
  readonly default?: boolean;
}

/** One directory of the seed. */
export interface SeedDirectory {
  /** Its ID, with the prefix that WorkOS gives. */
  readonly id: string;
  /** The name that people read. */
  readonly name: string;
  /** The organization that it belongs to. */
  readonly organizationId: string;
  /** The provider. */
  readonly type?: string;
  /** The domain. */
  readonly domain?: string;
  /** Whether it is linked and in use. */
  readonly state?: "linked" | "unlinked";
}

/** One directory group of the seed. */
export interface SeedDirectoryGroup {
  /** Its ID, with the prefix that WorkOS gives. */
  readonly id: string;
  /** The directory that it is in. */
  readonly directoryId: string;
  /** The name that people read. */
  readonly name: string;
  /** Its ID at the identity provider. */
  readonly idpId?: string;
}

/** One directory user of the seed. */
export interface SeedDirectoryUser {
  /** Its ID, with the prefix that WorkOS gives. */
  readonly id: string;
  /** The directory that it is in. */
  readonly directoryId: string;
  /** The address that the person signs in with. */
  readonly email: string;
  /** The given name. */
  readonly firstName?: string;
  /** The family name. */
  readonly lastName?: string;
  /** Its ID at the identity provider. */
  readonly idpId?: string;
  /** Whether it is linked and in use. */
  readonly state?: "active" | "inactive";
  /** The groups that the person is in. */
  readonly groupIds?: readonly string[];
  /** Attributes of your own. */
  readonly customAttributes?: Readonly<Record<string, string>>;
}

/** An SSO connection of an organization. */
export interface SeedConnection {
  /** Its ID, with the prefix that WorkOS gives. */
  readonly id: string;
  /** The organization that it belongs to. */
  readonly organizationId: string;
  /** The name that people read. */
  readonly name: string;
  /** The provider. */
  readonly type?: string;
  /** Whether it is linked and in use. */
  readonly state?: "active" | "inactive";
  /** Domains, such as acme.test. */
  readonly domains?: readonly string[];
}

/** The names in metadata, each with its type: `string`, `number` or `boolean`. */
export type SeedMetadataTypes = Readonly<Record<string, string>>;

/** The schema of an audit log action, as the SDK's `createSchema` takes it; without `targets` it takes any. */
export interface SeedAuditLogSchema {
  /** The action that the schema is for. */
  readonly action: string;
  /** The types of targets. */
  readonly targets?: readonly { readonly type: string; readonly metadata?: SeedMetadataTypes }[];
  /** What the actor may have. */
  readonly actor?: { readonly metadata?: SeedMetadataTypes };
  /** Values of your own. */
  readonly metadata?: SeedMetadataTypes;
}

/** The dashboard's switches that change what the authorization server offers. */
export interface Features {
  /** Whether client ID metadata documents are accepted. */
  readonly clientIdMetadataDocuments: boolean;
  /** Whether clients may register themselves. */
  readonly dynamicClientRegistration: boolean;
  /** Whether resource indicators count. */
  readonly resourceIndicators: boolean;
  /** RFC 9207's `iss` in authorization responses, which AuthKit does not send. */
  readonly issuerParameter: boolean;
}

/** Everything an emulated WorkOS environment starts with: plain data, and the shape of a seed file. */
export interface Seed {
  /** The client ID of the environment. */
  readonly clientId: string;
  /** The API key of the environment. */
  readonly apiKey: string;
  /** The people who can sign in. */
  readonly users: readonly SeedUser[];
  /** The organizations. */
  readonly organizations: readonly SeedOrganization[];
  /** Who belongs to which organization. */
  readonly memberships: readonly SeedMembership[];
  /** The roles. */
  readonly roles: readonly SeedRole[];
  /** The permissions. */
  readonly permissions: readonly SeedPermission[];
  /** The applications of Connect. */
  readonly applications: readonly SeedApplication[];
  /** API keys for machines; none when left out. */
  readonly apiKeys?: readonly SeedApiKey[];
  /** The registered resource indicators. */
  readonly resources: readonly SeedResource[];
  /** The directories. */
  readonly directories: readonly SeedDirectory[];
  /** The groups of directories. */
  readonly directoryGroups: readonly SeedDirectoryGroup[];
  /** The people of directories. */
  readonly directoryUsers: readonly SeedDirectoryUser[];
  /** The SSO connections. */
  readonly connections: readonly SeedConnection[];
  /** The feature flags. */
  readonly featureFlags?: readonly SeedFeatureFlag[];
  /** The resources of Fine-Grained Authorization. */
  readonly authorizationResources?: readonly SeedAuthorizationResource[];
  /** The roles on single resources. */
  readonly roleAssignments?: readonly SeedRoleAssignment[];
  /** Events of an action without a schema are refused, as WorkOS refuses them; none has one when left out. */
  readonly auditLogSchemas?: readonly SeedAuditLogSchema[];
  /** The dashboard's switches. */
  readonly features?: Partial<Features>;
}
