// Exported

interface FetchContext {
    readonly authInfo?: AuthInfo;
    readonly parsedBody?: unknown;
}

interface Worker<Env> {
    fetch(request: Request, env: Env, context: WorkerContext, given?: FetchContext): Response | Promise<Response>;
}

interface WorkerContext {
    waitUntil(work: Promise<unknown>): void;
}

function workosWorker<Env>(worker: Worker<Env>, config?: WorkOSProviderConfig | ((env: Env) => WorkOSProviderConfig), given?: RuntimeOverrides): Worker<Env>;

// Not exported, and part of what is

interface Access {
    readonly caller: Caller;
    readonly permissions: readonly PermissionSlug[];
    readonly roles: readonly RoleSlug[];
    readonly membershipId: string | undefined;
    readonly has: (requirements: Requirements) => boolean;
    readonly require: (requirements: Requirements, use?: {
        readonly name?: string;
    }) => void;
    readonly on: (permission: PermissionSlug, resource: AuthorizationResource) => Promise<ResourceAccess>;
}

interface AccessAttempt extends KnownCaller, RequestOrigin {
    readonly method: string;
    readonly target: UsedTarget | undefined;
    readonly rule: string | undefined;
    readonly requestId: string | number | undefined;
    readonly callId: string;
    readonly part?: {
        readonly number: number;
        readonly of: number;
    };
}

interface AccessMap {
    readonly tools?: ByName<ToolName, Rule>;
    readonly resources?: Rules;
    readonly prompts?: ByName<PromptName, Rule>;
    readonly lists?: "allowed" | "all";
    readonly stepUp?: "http" | "tool-result";
    readonly impliesScope?: (granted: string, required: string) => boolean;
}

interface AccessOptions {
    readonly featureFlags?: boolean;
}

interface AccessTokenClaims {
    readonly iss: string;
    readonly sub: string;
    readonly aud: string | readonly string[];
    readonly exp: number;
    readonly iat: number;
    readonly nbf?: number;
    readonly jti?: string;
    readonly client_id?: string;
    readonly scope?: string;
    readonly [claim: string]: unknown;
}

interface AgentCaller extends CallerBase {
    readonly kind: "agent";
    readonly mode: "user-delegated" | "agent-delegated" | "autonomous";
    readonly onBehalfOf: string | undefined;
    readonly claims: Claims;
}

type AnyOf<T> = T | Some<T>;

interface ApiKeyCaller extends CallerBase {
    readonly kind: "api-key";
    readonly name: string;
    readonly owner: {
        readonly kind: "organization" | "user";
        readonly id: string;
    };
}

interface ApplicationCaller extends CallerBase {
    readonly kind: "application";
    readonly claims: Claims;
}

type AuthEvent = {
    readonly kind: "started";
    readonly resource: string;
    readonly issuer: string;
    readonly audience: "resource" | "environment" | "undetermined";
} | {
    readonly kind: "unguarded";
    readonly resource: string;
    readonly detail: string;
} | (Partial<KnownCaller & RequestOrigin> & {
    readonly kind: "refused";
    readonly reason: string;
    readonly status: number;
    readonly method: string;
    readonly detail: string;
    readonly durationMs: number;
}) | (AccessAttempt & {
    readonly kind: "denied";
    readonly reason: string;
    readonly status: number;
    readonly detail: string;
    readonly durationMs: number;
    readonly isInside?: true;
    readonly oneOf?: {
        readonly number: number;
        readonly of: number;
    };
    readonly isFurther?: true;
}) | (AccessAttempt & {
    readonly kind: "admitted";
    readonly arguments: Readonly<Record<string, string | number | boolean>>;
}) | (AccessAttempt & {
    readonly kind: "answered";
    readonly status: number;
    readonly isComplete: boolean;
    readonly arguments: Readonly<Record<string, string | number | boolean>>;
    readonly durationMs: number;
}) | {
    readonly kind: "issuer";
    readonly issuer: string;
    readonly document: "key set" | "metadata";
    readonly state: "unreachable" | "recovered";
    readonly detail: string;
} | {
    readonly kind: "api";
    readonly about: "API keys" | "events" | "consents" | "memberships" | "resource indicators" | "audit logs" | "access" | "checks" | "tools";
    readonly state: "unreachable" | "recovered";
    readonly detail: string;
} | {
    readonly kind: "api";
    readonly about: "own API key";
    readonly state: "refused" | "recovered";
    readonly detail: string;
} | {
    readonly kind: "api_call";
    readonly about: "access" | "tools" | "audit logs";
    readonly method: string;
    readonly route: string;
    readonly server: {
        readonly address: string;
        readonly port: number;
    };
    readonly status: number | undefined;
    readonly attempts: number;
    readonly durationMs: number;
} | {
    readonly kind: "advice";
    readonly code: "environment_audience" | "listening_elsewhere" | "endpoint_differs" | "guard_unproved" | "access_map_differs" | "recorded_tool_unknown" | "list_unreadable" | "observer_failed" | "check_failed" | "rate_limiter_failed" | "event_unreadable" | "token_lifetime_exceeded" | "clock_differs" | "audit_event_refused" | "audit_outbox_full" | "audit_outbox_failed" | "audit_organization_missing" | "audit_events_left" | "nothing_between_requests";
    readonly detail: string;
} | {
    readonly kind: "fault";
    readonly reason?: "answer_withheld" | "denied_too_late";
    readonly detail: string;
};

interface AuthInfo {
    readonly token: string;
    readonly clientId: string;
    readonly scopes: string[];
    readonly expiresAt?: number;
    readonly resource: URL;
    readonly extra: Record<string, unknown>;
}

type AuthorizationResource = {
    readonly resourceId: string;
} | {
    readonly resourceExternalId: string;
    readonly resourceTypeSlug: string;
};

type ByExactName<Name extends string, Value> = string extends Name ? Readonly<Record<string, Value>> : {
    readonly [Key in Name]?: Value;
};

type ByName<Name extends string, Value> = ByExactName<Name, Value> & {
    readonly [pattern: `${string}*${string}`]: Value;
};

interface Call {
    readonly kind: "tool" | "prompt" | "resource";
    readonly name: string;
    readonly arguments: Readonly<Record<string, unknown>>;
    readonly caller: Caller;
    readonly workos: WorkOS;
    readonly access: (options?: AccessOptions) => Promise<Access>;
}

type Caller = UserCaller | AgentCaller | ApplicationCaller | ApiKeyCaller;

interface CallerBase {
    readonly id: string;
    readonly organizationId: OrganizationId | undefined;
    readonly clientId: string | undefined;
    readonly scopes: readonly string[];
}

interface CallerInfo {
    readonly kind: "user" | "agent" | "application" | "api-key";
    readonly id: string;
    readonly impersonator?: string;
}

type CallerKind = "user" | "agent" | "application" | "api-key";

type Check = (call: Call) => boolean | Promise<boolean>;

type Claims = AccessTokenClaims & CustomClaims;

interface Condition extends Requirements {
    readonly check?: Check;
    readonly anyOf?: Some<Condition>;
}

type CustomClaims = Register extends {
    claims: infer Claims;
} ? Claims : unknown;

type FeatureFlagSlug = RegisteredName<"featureFlags">;

interface KnownCaller {
    readonly caller: CallerInfo;
    readonly organizationId: string | undefined;
    readonly clientId: string | undefined;
}

type LogLevel = "debug" | "info" | "warn" | "error";

interface LogOptions {
    readonly level?: LogLevel;
    readonly format?: "json" | "text";
    readonly logger?: Logger;
}

interface Logger {
    debug?(line: string): void;
    info(line: string): void;
    warn(line: string): void;
    error(line: string): void;
}

type NameKind = "tools" | "prompts" | "permissions" | "roles" | "featureFlags";

interface Observer {
    readonly name: string;
    onEvent(event: AuthEvent): void;
}

type OrganizationId = `org_${string}`;

type PermissionSlug = RegisteredName<"permissions">;

type PromptName = RegisteredName<"prompts">;

interface RateLimiter {
    readonly consume: (caller: string, points: number) => Promise<unknown>;
}

interface Register {
}

type RegisteredName<Kind extends NameKind> = Register extends {
    readonly [Key in Kind]: infer Names;
} ? [
    Names
] extends [
    string
] ? Names : `Register.${Kind} must be a union of string literals` : string;

interface RequestOrigin {
    readonly protocolVersion: string | undefined;
    readonly from: {
        readonly address: string | undefined;
        readonly userAgent: string | undefined;
    };
}

interface Requirements {
    readonly permissions?: Some<PermissionSlug>;
    readonly featureFlags?: Some<FeatureFlagSlug>;
    readonly scopes?: Some<string>;
    readonly role?: AnyOf<RoleSlug>;
    readonly organization?: "required" | AnyOf<OrganizationId>;
    readonly caller?: AnyOf<CallerKind>;
}

interface ResourceAccess {
    readonly isAllowed: boolean;
    readonly require: () => void;
}

interface RevocationOptions {
    readonly pollSeconds?: number;
    readonly webhook?: {
        readonly secret: string;
        readonly path: string;
    };
    readonly maxTokenLifetimeSeconds?: number;
    readonly consentCheckSeconds?: number;
    readonly failClosedAfterSeconds?: number;
}

type RoleSlug = RegisteredName<"roles">;

type Rule = "authenticated" | "denied" | Condition;

type Rules = Readonly<Record<string, Rule>>;

interface RuntimeOverrides {
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly fetch?: typeof globalThis.fetch;
    readonly now?: () => number;
    readonly schedule?: Schedule;
    readonly exit?: (code: number) => void;
}

type Schedule = (run: () => void, delay: number) => () => void;

interface SchemaIssue {
    readonly message: string;
    readonly path?: readonly (PropertyKey | {
        readonly key: PropertyKey;
    })[] | undefined;
}

type SchemaResult<Output> = {
    readonly value: Output;
    readonly issues?: undefined;
} | {
    readonly issues: readonly SchemaIssue[];
};

type Some<T> = readonly [
    T,
    ...T[]
];

interface StandardSchema<Output = unknown> {
    readonly "~standard": {
        readonly version: 1;
        readonly vendor: string;
        readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
        readonly types?: {
            readonly input: unknown;
            readonly output: Output;
        } | undefined;
    };
}

type ToolName = RegisteredName<"tools">;

interface UsedTarget {
    readonly kind: "tool" | "resource" | "prompt";
    readonly name: string;
    readonly sentAs?: string;
}

interface UserCaller extends CallerBase {
    readonly kind: "user";
    readonly impersonator: string | undefined;
    readonly claims: Claims;
}

interface WorkOSProviderConfig {
    readonly apiKey?: string;
    readonly clientId?: string;
    readonly baseURL?: string;
    readonly authkitDomain?: string | readonly string[];
    readonly docsURL?: string;
    readonly resourceName?: string;
    readonly scopesSupported?: readonly string[];
    readonly endpoint?: string;
    readonly apiURL?: string;
    readonly audience?: "resource" | "environment";
    readonly formerResources?: readonly [
        string,
        ...string[]
    ];
    readonly allowedOrigins?: readonly string[];
    readonly publicPaths?: readonly string[];
    readonly callers?: readonly CallerKind[];
    readonly access?: AccessMap;
    readonly organizationInPath?: boolean;
    readonly revocation?: boolean | RevocationOptions;
    readonly claimsSchema?: StandardSchema;
    readonly clockToleranceSeconds?: number;
    readonly log?: false | LogOptions;
    readonly rateLimiter?: RateLimiter;
    readonly maxStreamsPerCaller?: number;
    readonly observers?: readonly Observer[];
    readonly recordArguments?: ByExactName<ToolName, readonly string[]>;
    readonly trustedProxyCount?: number;
    readonly trustedHeaders?: readonly string[];
    readonly exitWhenUnguarded?: boolean;
    readonly insecureDevelopmentHosts?: readonly string[];
}
