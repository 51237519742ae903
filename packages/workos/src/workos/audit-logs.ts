import type { AuditLogSchema } from "../trail/audit-log.js";
import type { Sent } from "../trail/delivery.js";
import type { Letter } from "../trail/outbox.js";
import type { WorkOS } from "./client.js";
import { failureOf } from "./failure.js";

/** Answers that say "not now": the key may be mended, the limit passes, the outage ends. */
const PASSING: ReadonlySet<number> = new Set([401, 403, 408, 425, 429]);

/**
 * Sends one audit log event to WorkOS, once; never rejects.
 *
 * @param client must not retry by itself: the outbox does.
 * @see https://workos.com/docs/reference/audit-logs/event/create
 */
export async function sendAuditLogEvent(
  client: () => WorkOS,
  { key, organizationId, event }: Letter,
): Promise<Sent> {
  const { occurredAt, actor, targets, context, metadata, action } = event;
  try {
    await client().auditLogs.createEvent(
      organizationId,
      {
        action,
        occurredAt: new Date(occurredAt),
        actor: { ...actor },
        targets: targets.map((target) => ({ ...target })),
        context: { ...context },
        metadata: { ...metadata },
      },
      { idempotencyKey: key },
    );
    return { kind: "accepted" };
  } catch (error) {
    const { status, retryAfter } = failureOf(error);
    const problem = problemOf(status, error);
    if (status !== undefined && status >= 400 && status < 500 && !PASSING.has(status)) {
      return { kind: "refused", problem };
    }
    if (status === 429) return { kind: "busy", problem, retryAfter: retryAfter ?? 1 };
    return { kind: "unavailable", problem, ...(retryAfter === undefined ? {} : { retryAfter }) };
  }
}

/** What came of creating schemas: the actions that got one, and those that had one. */
export interface CreatedSchemas {
  readonly created: readonly string[];
  readonly present: readonly string[];
}

/**
 * Creates the audit log schemas that the environment lacks.
 *
 * Does NOT change a schema that is there, whatever it says. Rejects with the SDK's exception when WorkOS refuses.
 *
 * @see https://workos.com/docs/reference/audit-logs/schema/create
 */
export async function createMissingSchemas(
  workos: WorkOS,
  schemas: readonly AuditLogSchema[],
): Promise<CreatedSchemas> {
  const created: string[] = [];
  const present: string[] = [];
  for (const schema of schemas) {
    const { action, targets, metadata } = schema;
    if (await hasSchema(workos, action)) present.push(action);
    else {
      await workos.auditLogs.createSchema({
        action,
        targets: targets.map(({ type }) => ({ type })),
        metadata: { ...metadata },
      });
      created.push(action);
    }
  }
  return { created, present };
}

async function hasSchema(workos: WorkOS, action: string): Promise<boolean> {
  try {
    const { data } = await workos.auditLogs.listSchemas(action, { limit: 1 });
    return data.length > 0;
  } catch (error) {
    if (failureOf(error).status === 404) return false;
    throw error;
  }
}

function problemOf(status: number | undefined, error: unknown): string {
  if (status === undefined) return "WorkOS cannot be reached";
  const said = error instanceof Error ? `: ${error.message}` : "";
  return `WorkOS answered ${status}${status < 500 ? said : ""}`;
}
