/** The actions that this package writes into WorkOS Audit Logs. */
export type AuditLogAction =
  | "mcp.tool.called"
  | "mcp.tool.denied"
  | "mcp.resource.read"
  | "mcp.resource.denied"
  | "mcp.prompt.read"
  | "mcp.prompt.denied";

/** One audit log event, as WorkOS takes it. */
export interface AuditLogEvent {
  /** What was done, such as `tool.called`. */
  readonly action: AuditLogAction;
  /** ISO 8601. */
  readonly occurredAt: string;
  /** Who did it. */
  readonly actor: {
    readonly type: "user" | "agent" | "application" | "api_key";
    readonly id: string;
  };
  /** What it was done to. */
  readonly targets: readonly [
    { readonly type: "tool" | "resource" | "prompt"; readonly id: string },
  ];
  /** Where the request came from. */
  readonly context: { readonly location: string; readonly userAgent?: string };
  /** At most 50 texts of at most 500 characters. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** What the audit log's schemas say of an action. */
export interface AuditLogSchema {
  /** The action that the schema is for. */
  readonly action: AuditLogAction;
  /** The types of targets that its events have. */
  readonly targets: readonly [{ readonly type: "tool" | "resource" | "prompt" }];
  /** The metadata's names, each with its type. */
  readonly metadata: Readonly<Record<string, "string">>;
}

/** An audit log event of an organization, with its key. */
export interface KeyedAuditLogEvent {
  /** The idempotency key: WorkOS takes one event for each, however often it is sent (within 24 hours). */
  readonly key: string;
  readonly organizationId: string;
  readonly event: AuditLogEvent;
}

/** What became of an audit log event that was sent. */
export type DeliveryResult =
  | { readonly kind: "accepted" }
  /** It will never be taken as it is. */
  | { readonly kind: "refused"; readonly problem: string }
  /** It is asked to come again later: too many came. In seconds. */
  | { readonly kind: "busy"; readonly problem: string; readonly retryAfter: number }
  /** It was not taken this time. `retryAfter` in seconds. */
  | { readonly kind: "unavailable"; readonly problem: string; readonly retryAfter?: number };
