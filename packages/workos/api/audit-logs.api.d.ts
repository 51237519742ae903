// Exported

type AuditLogAction = "mcp.tool.called" | "mcp.tool.denied" | "mcp.resource.read" | "mcp.resource.denied" | "mcp.prompt.read" | "mcp.prompt.denied";

interface AuditLogEvent {
    readonly action: AuditLogAction;
    readonly occurredAt: string;
    readonly actor: {
        readonly type: "user" | "agent" | "application" | "api_key";
        readonly id: string;
    };
    readonly targets: readonly [
        {
            readonly type: "tool" | "resource" | "prompt";
            readonly id: string;
        }
    ];
    readonly context: {
        readonly location: string;
        readonly userAgent?: string;
    };
    readonly metadata: Readonly<Record<string, string>>;
}

interface AuditLogOptions<Outbox extends string | SharedOutbox = string> {
    readonly outbox?: Outbox;
    readonly capacity?: number;
    readonly whenFull?: "drop-oldest" | "drop-newest";
    readonly organizationId?: string;
    readonly maxPerSecond?: number;
    readonly select?: (event: AuditedEvent) => boolean;
}

interface AuditLogSchema {
    readonly action: AuditLogAction;
    readonly targets: readonly [
        {
            readonly type: "tool" | "resource" | "prompt";
        }
    ];
    readonly metadata: Readonly<Record<string, "string">>;
}

interface AuditLogs<Outbox extends string | SharedOutbox = string> extends Observer {
    readonly failedEntries: () => OutboxAnswer<Outbox, readonly FailedEntry[]>;
    readonly retry: (keys?: readonly string[]) => OutboxAnswer<Outbox, number>;
}

type AuditedEvent = Extract<AuthEvent, {
    kind: "admitted" | "answered" | "denied";
}>;

interface EnsuredSchemas {
    readonly created: readonly string[];
    readonly present: readonly string[];
}

interface FailedEntry extends Omit<OutboxEntry, "event"> {
    readonly event: AuditLogEvent | undefined;
    readonly problem: string;
    readonly failedAt: number;
}

type OutboxAnswer<Outbox, Answer> = Outbox extends SharedOutbox ? Promise<Answer> : Answer;

interface SharedOutbox {
    readonly place: string;
}

const auditLogSchemas: readonly AuditLogSchema[];

function auditLogs<Outbox extends string | SharedOutbox = string>(given?: AuditLogOptions<Outbox>): AuditLogs<Outbox>;

function ensureSchemas(workos: WorkOS, schemas: readonly AuditLogSchema[]): Promise<EnsuredSchemas>;

// Not exported, and part of what is

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

interface CallerInfo {
    readonly kind: "user" | "agent" | "application" | "api-key";
    readonly id: string;
    readonly impersonator?: string;
}

interface KeyedAuditLogEvent {
    readonly key: string;
    readonly organizationId: string;
    readonly event: AuditLogEvent;
}

interface KnownCaller {
    readonly caller: CallerInfo;
    readonly organizationId: string | undefined;
    readonly clientId: string | undefined;
}

interface Observer {
    readonly name: string;
    onEvent(event: AuthEvent): void;
}

type OutboxEntry = KeyedAuditLogEvent;

interface RequestOrigin {
    readonly protocolVersion: string | undefined;
    readonly from: {
        readonly address: string | undefined;
        readonly userAgent: string | undefined;
    };
}

interface UsedTarget {
    readonly kind: "tool" | "resource" | "prompt";
    readonly name: string;
    readonly sentAs?: string;
}
