import type { AuditLogEvent } from "../environment/audit-log-event.js";
import type { Environment } from "../environment/environment.js";
import { createIdentifier } from "../secrets/identifier.js";
import { digestSecret } from "../secrets/secret.js";
import { createExpiringMap } from "../store/expiring-map.js";
import { apiError, notFound, type FieldError } from "./api-error.js";

const eventLimit = 100_000;
const metadataKeyLimit = 50;
const metadataValueLimit = 500;
const idempotencyLimit = 100_000;
const idempotencyMemory = 24 * 60 * 60_000;

type Json = Readonly<Record<string, unknown>>;

/**
 * Creates `POST /audit_logs/events`.
 *
 * Checks the organization, the shape of the event, and that it fits its action's schema, which must be there. A repeated Idempotency-Key is answered as the first time and stores nothing.
 */
export function createAuditLogIntake(
  environment: Environment,
  now: () => number,
): (body: Json, idempotencyKey: string | undefined) => Response {
  const seen = createExpiringMap<string>({ limit: idempotencyLimit, now });

  return (body, idempotencyKey) => {
    const fingerprint = digestSecret(JSON.stringify(body));
    const earlier = idempotencyKey === undefined ? undefined : seen.get(idempotencyKey);
    if (earlier !== undefined) {
      if (earlier === fingerprint) return Response.json({ success: true }, { status: 201 });
      return apiError(409, "The idempotency key was used with another request.", {
        code: "idempotency_key_reused",
      });
    }
    const organizationId = body["organization_id"];
    if (typeof organizationId !== "string")
      return invalid([{ field: "organization_id", code: "required" }]);
    if (environment.organizations.find(organizationId) === undefined)
      return notFound("Organization", organizationId);
    const event = isObject(body["event"]) ? body["event"] : {};
    const errors = findEventErrors(event);
    if (errors.length > 0) return invalid(errors);
    const problems = environment.auditLogSchemas.problemsOf(event as unknown as AuditLogEvent);
    if (problems !== undefined) return misfit(problems);
    if (environment.auditLogEvents.length >= eventLimit) environment.auditLogEvents.shift();
    environment.auditLogEvents.push(toEvent(event, organizationId, idempotencyKey, now));
    if (idempotencyKey !== undefined)
      seen.set(idempotencyKey, fingerprint, now() + idempotencyMemory);
    return Response.json({ success: true }, { status: 201 });
  };
}

function findEventErrors(event: Json): FieldError[] {
  const errors: FieldError[] = [];
  const need = (holds: boolean, field: string): void =>
    void (holds || errors.push({ field, code: "invalid" }));
  const { action, occurred_at: occurredAt, actor, targets, context, metadata } = event;
  need(isText(action), "action");
  need(
    isText(occurredAt) &&
      /^\d{4}-\d{2}-\d{2}T/u.test(occurredAt) &&
      !Number.isNaN(Date.parse(occurredAt)),
    "occurred_at",
  );
  need(isParty(actor), "actor");
  need(Array.isArray(targets) && targets.length > 0 && targets.every(isParty), "targets");
  need(isObject(context) && isText(context["location"]), "context.location");
  need(metadata === undefined || isMetadata(metadata), "metadata");
  return errors;
}

function toEvent(
  event: Json,
  organizationId: string,
  idempotencyKey: string | undefined,
  now: () => number,
): AuditLogEvent {
  // The shape was checked field by field above, which the compiler cannot follow.
  const { action, actor, targets, context, metadata, version } = event as unknown as AuditLogEvent;
  return Object.freeze({
    id: createIdentifier("audit_log_event", now),
    organizationId,
    action,
    occurredAt: String(event["occurred_at"]),
    actor,
    targets,
    context,
    ...(version === undefined ? {} : { version }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  });
}

function invalid(errors: readonly FieldError[]): Response {
  const message = "Audit Log could not be processed due to missing or incorrect data.";
  return apiError(400, message, { code: "invalid_audit_log", errors });
}

/** An event that does not fit its action's schema. */
function misfit(instancePaths: readonly string[]): Response {
  const errors = instancePaths.map((instancePath) => ({ instancePath }));
  const message = "Invalid Audit Log event.";
  return Response.json({ message, code: "invalid_audit_log_event", errors }, { status: 400 });
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isParty(value: unknown): boolean {
  return isObject(value) && isText(value["id"]) && isText(value["type"]);
}

function isMetadata(value: unknown): boolean {
  if (!isObject(value)) return false;
  const values = Object.values(value);
  return (
    values.length <= metadataKeyLimit &&
    values.every((item) => String(item).length <= metadataValueLimit)
  );
}
