import type { Hono } from "hono";
import type {
  AuditLogSchema,
  AuditLogSchemas,
  StoredAuditLogSchema,
} from "../environment/audit-log-schemas.js";
import { apiError, notFound, unprocessable } from "./api-error.js";
import { readJsonBody } from "./json-body.js";
import { listResponse } from "./pagination.js";
import { readQuery } from "./query.js";

/** Audit log schemas: created, listed for an action, and listed by action. */
export function addAuditLogSchemaRoutes(api: Hono, schemas: AuditLogSchemas): void {
  api.post("/audit_logs/actions/:action/schemas", async ({ req }) => {
    const body = await readJsonBody(req.raw);
    if (body === undefined) return apiError(400, "The body must be a JSON object.");
    const { actor, targets, metadata } = body as unknown as AuditLogSchema;
    if (!isTargets(targets)) {
      return unprocessable("Validation failed.", [{ field: "targets", code: "required" }]);
    }
    const schema = {
      targets,
      ...(actor === undefined ? {} : { actor }),
      ...(metadata === undefined ? {} : { metadata }),
    };
    return Response.json(schemaJson(schemas.create(req.param("action"), schema)), { status: 201 });
  });

  api.get("/audit_logs/actions/:action/schemas", (context) => {
    const action = context.req.param("action");
    const versions = schemas.actions().find(([name]) => name === action)?.[1];
    if (versions === undefined) return notFound("Audit Log Action", action);
    return listResponse(versions, readQuery(context), schemaJson);
  });

  api.get("/audit_logs/actions", (context) => {
    const actions = schemas.actions().flatMap(([name, versions]) => {
      const [first, last] = [versions[0], versions.at(-1)];
      return first === undefined || last === undefined ? [] : [{ id: first.id, name, first, last }];
    });
    return listResponse(actions, readQuery(context), ({ name, first, last }) => ({
      object: "audit_log_action",
      name,
      schema: schemaJson(last),
      created_at: new Date(first.createdAt).toISOString(),
      updated_at: new Date(last.createdAt).toISOString(),
    }));
  });
}

function isTargets(targets: unknown): boolean {
  return (
    Array.isArray(targets) &&
    targets.length > 0 &&
    targets.every((target: Readonly<Record<string, unknown>> | null) => isText(target?.["type"]))
  );
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function schemaJson({
  id: _id,
  action: _action,
  createdAt,
  version,
  ...schema
}: StoredAuditLogSchema): object {
  return {
    object: "audit_log_schema",
    version,
    ...schema,
    created_at: new Date(createdAt).toISOString(),
  };
}
