import { Hono } from "hono";
import type { Environment } from "../environment/environment.js";
import { isSameSecret } from "../secrets/secret.js";
import { apiError } from "./api-error.js";
import { addApiKeyRoutes } from "./api-keys.js";
import { createAuditLogIntake } from "./audit-log-events.js";
import { addAuditLogSchemaRoutes } from "./audit-log-schemas.js";
import { addAuthorizedApplicationRoutes } from "./authorized-applications.js";
import { addAuthorizationCheckRoute } from "./authorization-check.js";
import { addDirectoryRoutes } from "./directories.js";
import { addEventRoutes } from "./events.js";
import { addFeatureFlagRoutes } from "./feature-flags.js";
import { readJsonBody } from "./json-body.js";
import { addMembershipRoutes } from "./memberships.js";
import { addOrganizationRoutes } from "./organizations.js";
import { addResourceRoutes } from "./resources.js";
import { addRoleRoutes } from "./roles.js";
import { addSessionRoutes } from "./sessions.js";
import { addUserRoutes } from "./users.js";

/** The parts of the WorkOS REST API that the emulator has, behind the environment's API key. */
export function createApi(environment: Environment, now: () => number): Hono {
  const api = new Hono();
  api.use(async function requireApiKey(context, next) {
    const key = /^bearer +(\S+)$/iu.exec(context.req.header("authorization") ?? "")?.[1];
    if (key === undefined || !isSameSecret(key, environment.apiKey)) {
      return apiError(401, "Unauthorized");
    }
    await next();
    return undefined;
  });
  addUserRoutes(api, environment);
  addAuthorizedApplicationRoutes(api, environment);
  addOrganizationRoutes(api, environment);
  addMembershipRoutes(api, environment);
  addRoleRoutes(api, environment);
  addSessionRoutes(api, environment, now);
  addAuthorizationCheckRoute(api, environment);
  addFeatureFlagRoutes(api, environment);
  addEventRoutes(api, environment.events);
  addDirectoryRoutes(api, environment);
  addApiKeyRoutes(api, environment, now);
  addResourceRoutes(api, environment, now);
  addAuditLogSchemaRoutes(api, environment.auditLogSchemas);
  const takeAuditLogEvent = createAuditLogIntake(environment, now);
  api.post("/audit_logs/events", async ({ req }) => {
    const body = await readJsonBody(req.raw);
    if (body === undefined) return apiError(400, "The body must be a JSON object.");
    return takeAuditLogEvent(body, req.header("idempotency-key"));
  });
  api.all("*", () => apiError(404, "The emulator has no such endpoint.", { code: "not_found" }));
  return api;
}
