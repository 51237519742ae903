// Exported

export { FieldProblem as SeedProblem };

interface AuditLogEvent {
    readonly id: string;
    readonly organizationId: string;
    readonly action: string;
    readonly occurredAt: string;
    readonly version?: number;
    readonly actor: {
        readonly id: string;
        readonly type: string;
        readonly [member: string]: unknown;
    };
    readonly targets: readonly {
        readonly id: string;
        readonly type: string;
        readonly [member: string]: unknown;
    }[];
    readonly context: {
        readonly location: string;
        readonly [member: string]: unknown;
    };
    readonly metadata?: Readonly<Record<string, string | number | boolean>>;
    readonly idempotencyKey?: string;
}

interface Emulator extends AsyncDisposable {
    readonly issuer: string;
    readonly url: string;
    readonly clientId: string;
    readonly apiKey: string;
    readonly seed: Readonly<Seed>;
    readonly env: ServerEnvironment;
    readonly overrides: {
        readonly env: ServerEnvironment;
        readonly fetch: typeof fetch;
        readonly now: () => number;
    };
    readonly fetch: typeof fetch;
    token(input?: TokenInput): Promise<string>;
    machineToken(application: string): Promise<string>;
    forgeToken(input?: ForgedTokenInput): Promise<string>;
    signIn(input: SignInInput): Promise<SignedIn>;
    fail(target: FaultTarget, fault?: Fault): Disposable;
    recover(target?: FaultTarget): void;
    advance(time: TimeSpan): void;
    reset(): void;
    rotateKeys(options?: {
        readonly keepOld?: boolean;
    }): Promise<{
        kid: string;
    }>;
    requests(target?: FaultTarget): readonly ServedRequest[];
    clearRequests(): void;
    readonly events: readonly LoggedEvent[];
    readonly auditLogEvents: readonly AuditLogEvent[];
    close(): Promise<void>;
}

class EmulatorError extends Error {
    readonly name: string;
    readonly code: EmulatorErrorCode;
    readonly problems: readonly EmulatorProblem[];
    constructor(code: EmulatorErrorCode, problems: readonly EmulatorProblem[]);
}

type EmulatorErrorCode = "production" | "invalid_options" | "invalid_argument" | "unknown_user" | "unknown_organization" | "unknown_application" | "unknown_resource" | "not_a_member" | "sign_in_refused";

interface EmulatorOptions {
    readonly resource?: string | readonly string[];
    readonly seed?: Partial<Seed>;
    readonly issuer?: string;
    readonly allowNonLoopback?: boolean;
    readonly features?: Partial<Features>;
    readonly accessTokenLifetimeSeconds?: number;
    readonly refreshTokenLifetimeSeconds?: number;
    readonly now?: () => number;
    readonly webhooks?: readonly WebhookEndpoint[];
    readonly fetch?: typeof fetch;
    readonly allowLoopbackMetadata?: boolean;
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly log?: (line: string) => void;
}

interface EmulatorProblem {
    readonly path: string;
    readonly message: string;
}

type Fault = "down" | "hang" | {
    readonly status: number;
    readonly retryAfterSeconds?: number;
} | {
    readonly delayMs: number;
} | {
    readonly body: string;
    readonly contentType?: string;
    readonly status?: number;
} | {
    readonly redirect: string;
    readonly status?: number;
} | {
    readonly bytes: number;
} | {
    readonly requests: number;
    readonly perSeconds: number;
};

type FaultTarget = "jwks" | "metadata" | "token" | "api" | "audit-logs" | "events" | "all";

interface Features {
    readonly clientIdMetadataDocuments: boolean;
    readonly dynamicClientRegistration: boolean;
    readonly resourceIndicators: boolean;
    readonly issuerParameter: boolean;
}

interface FieldProblem {
    readonly path: string;
    readonly message: string;
}

interface ForgedTokenInput {
    readonly claims?: Readonly<Record<string, unknown>>;
    readonly header?: Readonly<Record<string, unknown>>;
    readonly expiresInSeconds?: number;
}

interface LoggedEvent {
    readonly object: "event";
    readonly id: string;
    readonly event: string;
    readonly data: Readonly<Record<string, unknown>>;
    readonly created_at: string;
    readonly context: Readonly<Record<string, never>>;
}

type MembershipStatus = "active" | "inactive" | "pending";

interface Seed {
    readonly clientId: string;
    readonly apiKey: string;
    readonly users: readonly SeedUser[];
    readonly organizations: readonly SeedOrganization[];
    readonly memberships: readonly SeedMembership[];
    readonly roles: readonly SeedRole[];
    readonly permissions: readonly SeedPermission[];
    readonly applications: readonly SeedApplication[];
    readonly apiKeys?: readonly SeedApiKey[];
    readonly resources: readonly SeedResource[];
    readonly directories: readonly SeedDirectory[];
    readonly directoryGroups: readonly SeedDirectoryGroup[];
    readonly directoryUsers: readonly SeedDirectoryUser[];
    readonly connections: readonly SeedConnection[];
    readonly featureFlags?: readonly SeedFeatureFlag[];
    readonly authorizationResources?: readonly SeedAuthorizationResource[];
    readonly roleAssignments?: readonly SeedRoleAssignment[];
    readonly auditLogSchemas?: readonly SeedAuditLogSchema[];
    readonly features?: Partial<Features>;
}

interface SeedApiKey {
    readonly id: string;
    readonly name: string;
    readonly value: string;
    readonly organizationId: string;
    readonly userId?: string;
    readonly permissions?: readonly string[];
}

type SeedApplication = SeedOAuthApplication | SeedMachineApplication;

interface SeedAuditLogSchema {
    readonly action: string;
    readonly targets?: readonly {
        readonly type: string;
        readonly metadata?: SeedMetadataTypes;
    }[];
    readonly actor?: {
        readonly metadata?: SeedMetadataTypes;
    };
    readonly metadata?: SeedMetadataTypes;
}

interface SeedAuthorizationResource {
    readonly id: string;
    readonly typeSlug: string;
    readonly externalId: string;
    readonly name: string;
    readonly organizationId: string;
    readonly parentId?: string;
}

interface SeedConnection {
    readonly id: string;
    readonly organizationId: string;
    readonly name: string;
    readonly type?: string;
    readonly state?: "active" | "inactive";
    readonly domains?: readonly string[];
}

interface SeedDirectory {
    readonly id: string;
    readonly name: string;
    readonly organizationId: string;
    readonly type?: string;
    readonly domain?: string;
    readonly state?: "linked" | "unlinked";
}

interface SeedDirectoryGroup {
    readonly id: string;
    readonly directoryId: string;
    readonly name: string;
    readonly idpId?: string;
}

interface SeedDirectoryUser {
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

class SeedError extends Error {
    readonly name: string;
    readonly code: string;
    readonly problems: readonly FieldProblem[];
    constructor(problems: readonly FieldProblem[]);
}

interface SeedFeatureFlag {
    readonly slug: string;
    readonly name?: string;
    readonly description?: string;
    readonly enabled: boolean;
    readonly defaultValue?: boolean;
    readonly targets?: readonly string[];
}

interface SeedMachineApplication {
    readonly kind: "m2m";
    readonly clientId: string;
    readonly clientSecret: string;
    readonly name: string;
    readonly organizationId: string;
    readonly scopes?: readonly string[];
}

interface SeedMembership {
    readonly id: string;
    readonly userId: string;
    readonly organizationId: string;
    readonly roles: readonly string[];
    readonly status?: MembershipStatus;
}

interface SeedOAuthApplication {
    readonly kind: "oauth";
    readonly clientId: string;
    readonly name: string;
    readonly redirectUris: readonly string[];
    readonly clientSecret?: string;
}

interface SeedOrganization {
    readonly id: string;
    readonly name: string;
    readonly domains?: readonly string[];
    readonly externalId?: string;
    readonly metadata?: Readonly<Record<string, string>>;
}

interface SeedPermission {
    readonly slug: string;
    readonly name: string;
    readonly description?: string;
}

interface SeedResource {
    readonly uri: string;
    readonly default?: boolean;
}

interface SeedRole {
    readonly slug: string;
    readonly name: string;
    readonly description?: string;
    readonly permissions: readonly string[];
    readonly organizationId?: string;
}

interface SeedRoleAssignment {
    readonly membershipId: string;
    readonly roleSlug: string;
    readonly resourceId: string;
}

interface SeedUser {
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

interface ServedRequest {
    readonly method: string;
    readonly path: string;
    readonly status: number;
}

type ServerEnvironment = Readonly<Record<"WORKOS_API_KEY" | "WORKOS_CLIENT_ID" | "WORKOS_AUTHKIT_DOMAIN" | "WORKOS_API_URL" | "BASE_URL", string>>;

interface SignInInput {
    readonly as: string;
    readonly organization?: string | undefined;
    readonly client?: string | undefined;
    readonly resource?: string | undefined;
    readonly scopes?: readonly string[] | undefined;
    readonly consent?: "allow" | "deny" | undefined;
}

interface SignedIn {
    readonly accessToken: string;
    readonly refreshToken?: string;
    readonly idToken?: string;
    refresh(): Promise<SignedIn>;
}

interface StartOptions extends EmulatorOptions {
    readonly port?: number;
    readonly host?: string;
}

interface TimeSpan {
    readonly seconds?: number;
    readonly minutes?: number;
    readonly hours?: number;
    readonly days?: number;
}

interface TokenInput {
    readonly as?: string | undefined;
    readonly organization?: string | undefined;
    readonly resource?: string | undefined;
    readonly scopes?: readonly string[] | undefined;
    readonly expiresInSeconds?: number | undefined;
}

interface WebhookEndpoint {
    readonly url: string;
    readonly secret: string;
    readonly events?: readonly string[];
}

function createEmulator(options?: EmulatorOptions): Emulator;

const defaultSeed: Seed;

function parseSeed(text: string, format: "json" | "yaml"): Seed;

function startEmulator(options?: StartOptions): Promise<Emulator>;

// Not exported, and part of what is

type SeedMetadataTypes = Readonly<Record<string, string>>;
