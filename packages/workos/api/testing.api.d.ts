// Exported

interface AccessFinding {
    readonly kind: "not-registered" | "not-named";
    readonly subject: string;
    readonly message: string;
}

type AccessUse = {
    readonly tool: ToolName;
    readonly arguments?: Readonly<Record<string, unknown>>;
} | {
    readonly prompt: PromptName;
    readonly arguments?: Readonly<Record<string, unknown>>;
} | {
    readonly resource: string;
};

interface Explanation {
    readonly outcome: "allowed" | "denied" | "depends-on-check";
    readonly rule: string | undefined;
    readonly reason?: string;
    readonly message?: string;
    readonly missing?: Partial<Requirements>;
    readonly cause?: unknown;
}

interface Persona {
    readonly kind?: "user" | "application" | "api-key";
    readonly id?: string;
    readonly organizationId?: OrganizationId;
    readonly organizations?: readonly OrganizationId[];
    readonly roles?: readonly RoleSlug[];
    readonly permissions?: readonly PermissionSlug[];
    readonly featureFlags?: readonly FeatureFlagSlug[];
    readonly scopes?: readonly string[];
    readonly claims?: Readonly<Record<string, unknown>>;
    readonly user?: Profile;
    readonly permissionsOn?: readonly ResourcePermissions[];
    readonly workos?: WorkOSStub;
}

type Profile = Partial<Omit<User, "object" | "id">>;

interface Registered {
    readonly tools?: readonly string[];
    readonly resources?: readonly string[];
    readonly prompts?: readonly string[];
}

type ResourcePermissions = AuthorizationResource & {
    readonly permissions: readonly PermissionSlug[];
};

type WorkOSStub = {
    readonly [Part in keyof WorkOS]?: {
        readonly [Method in keyof WorkOS[Part]]?: WorkOS[Part][Method] extends (...parameters: infer Parameters) => unknown ? (...parameters: Parameters) => unknown : unknown;
    };
};

function accessTable(map: AccessMap, personas: Readonly<Record<string, Persona>>, names: Registered): Promise<string>;

function compareAccess(map: AccessMap, registered: Registered): readonly AccessFinding[];

function explainAccess(map: AccessMap, persona: Persona, use: AccessUse): Promise<Explanation>;

function runAs<T>(persona: Persona, tool: () => T): T;

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

type NameKind = "tools" | "prompts" | "permissions" | "roles" | "featureFlags";

type OrganizationId = `org_${string}`;

type PermissionSlug = RegisteredName<"permissions">;

type PromptName = RegisteredName<"prompts">;

interface Register {
}

type RegisteredName<Kind extends NameKind> = Register extends {
    readonly [Key in Kind]: infer Names;
} ? [
    Names
] extends [
    string
] ? Names : `Register.${Kind} must be a union of string literals` : string;

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

type RoleSlug = RegisteredName<"roles">;

type Rule = "authenticated" | "denied" | Condition;

type Rules = Readonly<Record<string, Rule>>;

type Some<T> = readonly [
    T,
    ...T[]
];

type ToolName = RegisteredName<"tools">;

interface UserCaller extends CallerBase {
    readonly kind: "user";
    readonly impersonator: string | undefined;
    readonly claims: Claims;
}
