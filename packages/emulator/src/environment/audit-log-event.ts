/** An audit log event that the emulator accepted, as a test wants to see it. */
export interface AuditLogEvent {
  /** Its ID, which the emulator gives. */
  readonly id: string;
  /** The organization that it belongs to. */
  readonly organizationId: string;
  /** What happened, such as `mcp.tool.called`. */
  readonly action: string;
  /** When it happened (ISO 8601). */
  readonly occurredAt: string;
  /** The version of its schema. */
  readonly version?: number;
  /** Who did it. */
  readonly actor: {
    readonly id: string;
    readonly type: string;
    readonly [member: string]: unknown;
  };
  /** What it was done to. */
  readonly targets: readonly {
    readonly id: string;
    readonly type: string;
    readonly [member: string]: unknown;
  }[];
  /** Where it came from. */
  readonly context: { readonly location: string; readonly [member: string]: unknown };
  /** Values beside these. */
  readonly metadata?: Readonly<Record<string, string | number | boolean>>;
  /** The request's Idempotency-Key field. */
  readonly idempotencyKey?: string;
}
