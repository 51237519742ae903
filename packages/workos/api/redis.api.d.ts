// Exported

interface RedisClient {
    readonly eval: (script: string, keys: number, ...given: (string | number)[]) => Promise<unknown>;
}

interface RedisOutboxOptions {
    readonly stream: string;
    readonly takeOverAfterSeconds?: number;
}

interface SharedOutbox {
    readonly place: string;
    readonly open: (options: OpenOptions) => OpenOutbox;
}

function redisOutbox(redis: RedisClient, given: RedisOutboxOptions): SharedOutbox;

// Not exported, and part of what is

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

type DeliveredOutbox = Pick<Outbox, "queues" | "due" | "note" | "remove" | "hurry" | "bury" | "size">;

interface FailedEntry extends Omit<OutboxEntry, "event"> {
    readonly event: AuditLogEvent | undefined;
    readonly problem: string;
    readonly failedAt: number;
}

interface KeyedAuditLogEvent {
    readonly key: string;
    readonly organizationId: string;
    readonly event: AuditLogEvent;
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

type Schedule = (run: () => void, delay: number) => () => void;

interface Share {
    readonly isDenied: boolean;
    readonly caller: string;
}

interface WaitingEntry extends OutboxEntry {
    readonly attempts: number;
    readonly firstTriedAt: number | undefined;
}
