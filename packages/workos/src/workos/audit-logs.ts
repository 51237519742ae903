import { ConfigurationError, problemAt, type Problem } from "../errors.js";
import { hasMethods } from "../known-members.js";
import { readList } from "../standards/members.js";
import type { AuditLogSchema, DeliveryResult, KeyedAuditLogEvent } from "./audit-log-event.js";
import type { WorkOS } from "./client.js";
import { readFailure, type CallFailure } from "./failure.js";

/** Answers that say "not now": the key may be replaced, the limit passes, the outage ends. */
const PASSING: ReadonlySet<number> = new Set([401, 403, 408, 425, 429]);

const FOREIGN_ANSWER =
  "the answer is not WorkOS's (no JSON with success: true); does a proxy or gateway answer at apiURL?";

/**
 * Sends one audit log event to WorkOS, once; never rejects.
 *
 * Only WorkOS's own words count: JSON with `success: true` accepts an event, and a 4xx with WorkOS's error refuses it.
 * The SDK's `createEvent()` drops the answer's body, so its `post()` is called.
 *
 * @param client must not retry by itself: the outbox does.
 * @see https://workos.com/docs/reference/audit-logs/event/create
 */
export async function sendAuditLogEvent(
  client: () => WorkOS,
  { key, organizationId, event }: KeyedAuditLogEvent,
): Promise<DeliveryResult> {
  const { context, ...rest } = event;
  const body = {
    organization_id: organizationId,
    event: {
      action: rest.action,
      occurred_at: rest.occurredAt,
      actor: rest.actor,
      targets: rest.targets,
      context: {
        location: context.location,
        ...(context.userAgent === undefined ? {} : { user_agent: context.userAgent }),
      },
      metadata: rest.metadata,
    },
  };
  try {
    const { data } = await client().post<unknown>("/audit_logs/events", body, {
      idempotencyKey: key,
    });
    return isAcceptance(data)
      ? { kind: "accepted" }
      : { kind: "unavailable", problem: FOREIGN_ANSWER };
  } catch (error) {
    return toFailure(error);
  }
}

function isAcceptance(data: unknown): boolean {
  return typeof data === "object" && data !== null && "success" in data && data.success === true;
}

/** Classifies what the SDK threw. A page of a gateway refuses nothing, whatever its status. */
function toFailure(error: unknown): DeliveryResult {
  const page = readPage(error);
  if (page?.status === 200 || page?.status === 201) {
    return { kind: "unavailable", problem: FOREIGN_ANSWER };
  }
  const { status, retryAfter, problem: fault }: CallFailure = page ?? readFailure(error);
  const problem = `WorkOS ${fault ?? describeProblem(status, page === undefined ? error : undefined)}`;
  if (status === 429) return { kind: "busy", problem, retryAfter: retryAfter ?? 1 };
  if (page === undefined && isRefusal(status, error)) return { kind: "refused", problem };
  return { kind: "unavailable", problem, ...(retryAfter === undefined ? {} : { retryAfter }) };
}

/** Any router answers 404, so that one needs the code of WorkOS's error too. */
function isRefusal(status: number | undefined, error: unknown): boolean {
  if (status === undefined || status < 400 || status >= 500 || PASSING.has(status)) return false;
  return status !== 404 || typeof (error as { code?: unknown }).code === "string";
}

/** Reads the status of an answer that is no JSON: the SDK throws or wraps a `ParseError`, whose own `status` is 500. */
function readPage(thrown: unknown): { status: number; retryAfter?: number } | undefined {
  const error = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  const { rawStatus, rawHeaders } = error as { rawStatus?: unknown; rawHeaders?: Headers };
  if (typeof rawStatus !== "number") return undefined;
  const seconds = Number(rawHeaders?.get("retry-after") ?? Number.NaN);
  return { status: rawStatus, ...(seconds > 0 ? { retryAfter: seconds } : {}) };
}

/** What came of creating schemas: the actions that got one, and those that had one. */
export interface EnsuredSchemas {
  /** Actions whose schemas were created. */
  readonly created: readonly string[];
  /** Actions whose schemas were there. */
  readonly present: readonly string[];
}

/**
 * Creates the audit log schemas that the environment lacks.
 *
 * Does NOT change a schema that is there, whatever it holds. Rejects with the SDK's exception when WorkOS refuses, and
 * with a `ConfigurationError` when it is not given a client and a list of schemas.
 *
 * @example
 * ```ts
 * const { created } = await ensureSchemas(workos, auditLogSchemas);
 * ```
 * @see https://workos.com/docs/reference/audit-logs/schema/create
 */
export async function ensureSchemas(
  workos: WorkOS,
  schemas: readonly AuditLogSchema[],
): Promise<EnsuredSchemas> {
  refuseWrongArguments(workos, schemas);
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

function refuseWrongArguments(workos: unknown, schemas: unknown): void {
  const problems: Problem[] = [];
  const { auditLogs } = (workos ?? {}) as { readonly auditLogs?: unknown };
  if (!hasMethods(auditLogs, "createSchema", "listSchemas")) {
    problems.push(
      problemAt(
        "ensureSchemas.workos",
        "must be a client of the WorkOS SDK, as getClient() returns it",
      ),
    );
  }
  const isSchema = (value: unknown): boolean => {
    const { action, targets } = (value ?? {}) as Partial<AuditLogSchema>;
    return typeof action === "string" && Array.isArray(targets);
  };
  if (readList(schemas)?.every(isSchema) !== true) {
    problems.push(
      problemAt("ensureSchemas.schemas", "must be a list of schemas, such as auditLogSchemas"),
    );
  }
  if (problems.length > 0) {
    throw new ConfigurationError(problems, "ensureSchemas() cannot create schemas");
  }
}

async function hasSchema(workos: WorkOS, action: string): Promise<boolean> {
  try {
    const { data } = await workos.auditLogs.listSchemas(action, { limit: 1 });
    return data.length > 0;
  } catch (error) {
    if (readFailure(error).status === 404) return false;
    throw error;
  }
}

/** @param error of WorkOS itself; its words are for the operator. */
function describeProblem(status: number | undefined, error?: unknown): string {
  const said = error instanceof Error ? `: ${error.message}` : "";
  return `answered ${status}${status === undefined || status >= 500 ? "" : said}`;
}
