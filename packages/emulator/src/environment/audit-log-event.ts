/** An audit log event that the emulator accepted, as a test wants to see it. */
export interface AuditLogEvent {
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
  readonly context: { readonly location: string; readonly [member: string]: unknown };
  readonly metadata?: Readonly<Record<string, string | number | boolean>>;
  readonly idempotencyKey?: string;
}
