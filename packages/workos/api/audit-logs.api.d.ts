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
    readonly open: (options: OpenOptions) => OpenOutbox;
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

type DeliveredOutbox = Pick<Outbox, "queues" | "due" | "note" | "remove" | "hurry" | "bury" | "size">;

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

interface OpenOptions {
    readonly capacity: number | undefined;
    readonly whenFull: "drop-oldest" | "drop-newest";
    readonly now: () => number;
    readonly schedule: Schedule;
    readonly onArrival: () => void;
    readonly reports: OutboxReports;
}

interface OpenOutbox {
    readonly queue: DeliveredOutbox;
    readonly put: (entry: OutboxEntry, isReady: boolean) => boolean;
    readonly finish: (entry: OutboxEntry) => boolean;
    readonly lose: () => number;
    readonly loseFailed: () => void;
    readonly isDurable: boolean;
    readonly stored?: () => Promise<void> | undefined;
    readonly finishAll: () => void;
    readonly refill?: () => Promise<boolean>;
    readonly countInMemory: () => number;
    readonly count: () => OutboxCount;
    readonly failedEntries: () => readonly FailedEntry[] | Promise<readonly FailedEntry[]>;
    readonly revive: (keys: readonly string[] | undefined) => number | Promise<number>;
    readonly release?: () => Promise<void>;
    readonly leave: () => void;
}

interface Outbox {
    readonly put: (entry: OutboxEntry, isReady: boolean, now: number) => boolean;
    readonly adopt: (entries: readonly WaitingEntry[], now: number) => readonly string[];
    readonly finish: (entry: OutboxEntry, now: number) => boolean;
    readonly finishAll: () => void;
    readonly chooseShare: (arriving: Share) => Share;
    readonly drop: (share: Share, which: "oldest" | "newest") => boolean;
    readonly queues: () => readonly Queue[];
    readonly due: (organizationId: string, now: number, most: number) => readonly WaitingEntry[];
    readonly note: (entry: WaitingEntry, dueAt: number) => void;
    readonly remove: (key: string) => void;
    readonly hurry: (now: number) => void;
    readonly bury: (key: string, problem: string, now: number) => boolean;
    readonly failedEntries: () => readonly FailedEntry[];
    readonly revive: (keys: readonly string[] | undefined, now: number) => number;
    readonly size: () => number;
    readonly count: () => Omit<OutboxCount, "lost">;
    readonly close: () => void;
}

interface OutboxCount {
    readonly waiting: number;
    readonly failed: number;
    readonly lost: number;
    readonly oldest: number | undefined;
}

type OutboxEntry = KeyedAuditLogEvent;

interface OutboxReports {
    readonly replaced: (detail: string) => void;
    readonly unreadable: (key: string) => void;
    readonly fallback: ReportFallback;
    readonly full: (detail: string) => void;
}

interface Queue {
    readonly organizationId: string;
    readonly dueAt: number;
}

type ReportFallback = (state: {
    readonly kind: "failed";
    readonly error: unknown;
} | {
    readonly kind: "works";
    readonly entries: number;
}) => void;

interface RequestOrigin {
    readonly protocolVersion: string | undefined;
    readonly from: {
        readonly address: string | undefined;
        readonly userAgent: string | undefined;
    };
}

type Schedule = (run: () => void, delay: number) => () => void;

interface Share {
    readonly isDenied: boolean;
    readonly caller: string;
}

interface UsedTarget {
    readonly kind: "tool" | "resource" | "prompt";
    readonly name: string;
    readonly sentAs?: string;
}

interface WaitingEntry extends OutboxEntry {
    readonly attempts: number;
    readonly firstTriedAt: number | undefined;
}
