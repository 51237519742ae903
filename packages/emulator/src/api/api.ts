import { Hono, type Context } from "hono";
import type { Environment, Role } from "../environment/environment.js";
import { isSameSecret } from "../secrets/secret.js";
import { apiError, notFound, unprocessable } from "./api-error.js";
import { createAuditLogIntake } from "./audit-log-events.js";
import { readJsonBody } from "./json-body.js";
import { listResponse } from "./pagination.js";
import { addResourceRoutes } from "./resources.js";
import {
  serializeConnection,
  serializeDirectory,
  serializeDirectoryGroup,
  serializeDirectoryUser,
  serializeMembership,
  serializeOrganization,
  serializeRole,
  serializeUser,
} from "./serialization.js";
import { readUserUpdate } from "./user-update.js";

/** The parts of the WorkOS REST API that the emulator has, behind the environment's API key. */
export function createApi(environment: Environment, now: () => number): Hono {
  const api = new Hono();
  api.use(async function requireApiKey(context, next) {
    const key = /^bearer +(\S+)$/iu.exec(context.req.header("authorization") ?? "")?.[1];
    if (key === undefined || !isSameSecret(key, environment.apiKey))
      return apiError(401, "Unauthorized");
    await next();
    return undefined;
  });
  addUserRoutes(api, environment);
  addOrganizationRoutes(api, environment);
  addDirectoryRoutes(api, environment);
  addResourceRoutes(api, environment, now);
  const takeAuditLogEvent = createAuditLogIntake(environment, now);
  api.post("/audit_logs/events", async ({ req }) => {
    const body = await readJsonBody(req.raw);
    if (body === undefined) return apiError(400, "The body must be a JSON object.");
    return takeAuditLogEvent(body, req.header("idempotency-key"));
  });
  api.all("*", () => apiError(404, "The emulator has no such endpoint.", { code: "not_found" }));
  return api;
}

function addUserRoutes(api: Hono, environment: Environment): void {
  const { memberships, users } = environment;
  api.get("/user_management/users", (context) => {
    const query = queryOf(context);
    const email = query.get("email")?.toLowerCase();
    const organizationId = query.get("organization_id");
    const members = memberships
      .all()
      .filter((membership) => membership.organizationId === organizationId);
    const found = users.all().filter((user) => {
      const isMember = organizationId === null || members.some(({ userId }) => userId === user.id);
      return isMember && (email === undefined || user.email.toLowerCase() === email);
    });
    return listResponse(found, query, serializeUser);
  });
  api.get("/user_management/users/:id", ({ req }) => {
    const user = users.find(req.param("id"));
    return user === undefined
      ? notFound("User", req.param("id"))
      : Response.json(serializeUser(user));
  });
  api.put("/user_management/users/:id", async ({ req }) => {
    const user = users.find(req.param("id"));
    if (user === undefined) return notFound("User", req.param("id"));
    const body = await readJsonBody(req.raw);
    if (body === undefined) return apiError(400, "The body must be a JSON object.");
    const update = readUserUpdate(user, body);
    if (!update.ok) return unprocessable("Validation failed.", update.errors);
    const changed = users.update(user.id, update.changes) ?? user;
    return Response.json(serializeUser(changed));
  });
}

function addOrganizationRoutes(api: Hono, environment: Environment): void {
  const { connections, memberships, organizations, roles } = environment;
  api.get("/user_management/organization_memberships", (context) => {
    const query = queryOf(context);
    // The SDK joins statuses with commas, other clients repeat the parameter.
    const statuses = query
      .getAll("statuses")
      .concat(query.getAll("statuses[]"))
      .flatMap((text) => text.split(","));
    const found = memberships
      .all()
      .filter(
        ({ userId, organizationId, status = "active" }) =>
          userId === (query.get("user_id") ?? userId) &&
          organizationId === (query.get("organization_id") ?? organizationId) &&
          (statuses.length === 0 ? status === "active" : statuses.includes(status)),
      );
    return listResponse(found, query, (membership) => serializeMembership(environment, membership));
  });
  api.get("/user_management/organization_memberships/:id", ({ req }) => {
    const membership = memberships.find(req.param("id"));
    if (membership === undefined) return notFound("OrganizationMembership", req.param("id"));
    return Response.json(serializeMembership(environment, membership));
  });
  api.get("/organizations", (context) => {
    const domains = queryOf(context).getAll("domains").concat(queryOf(context).getAll("domains[]"));
    const found = organizations
      .all()
      .filter(
        (organization) =>
          domains.length === 0 || organization.domains?.some((domain) => domains.includes(domain)),
      );
    return listResponse(found, queryOf(context), serializeOrganization);
  });
  api.get("/organizations/:id", ({ req }) => {
    const organization = organizations.find(req.param("id"));
    if (organization === undefined) return notFound("Organization", req.param("id"));
    return Response.json(serializeOrganization(organization));
  });
  api.get("/authorization/roles", () => {
    const found = roles.all().filter(({ organizationId }) => organizationId === undefined);
    return Response.json({ object: "list", data: found.map(serializeRole) });
  });
  api.get("/authorization/organizations/:id/roles", ({ req }) => {
    const id = req.param("id");
    if (organizations.find(id) === undefined) return notFound("Organization", id);
    const found = roles.all().filter((role) => isRoleIn(role, id));
    return Response.json({ object: "list", data: found.map(serializeRole) });
  });
  api.get("/authorization/roles/:slug", ({ req }) => {
    const role = roles
      .all()
      .find(
        ({ organizationId, slug }) => organizationId === undefined && slug === req.param("slug"),
      );
    return role === undefined
      ? notFound("Role", req.param("slug"))
      : Response.json(serializeRole(role));
  });
  api.get("/authorization/organizations/:id/roles/:slug", ({ req }) => {
    const { id, slug } = req.param();
    const role = roles
      .all()
      .find((candidate) => candidate.slug === slug && isRoleIn(candidate, id));
    return role === undefined ? notFound("Role", slug) : Response.json(serializeRole(role));
  });
  api.get("/connections", (context) => {
    const query = queryOf(context);
    const found = connections
      .all()
      .filter(
        ({ organizationId, type = "GenericSAML" }) =>
          organizationId === (query.get("organization_id") ?? organizationId) &&
          type === (query.get("connection_type") ?? type),
      );
    return listResponse(found, query, serializeConnection);
  });
}

// An organization has the environment's roles and those of its own.
function isRoleIn(role: Role, organizationId: string): boolean {
  return role.organizationId === undefined || role.organizationId === organizationId;
}

function addDirectoryRoutes(api: Hono, environment: Environment): void {
  const { directories, directoryGroups, directoryUsers } = environment;
  api.get("/directories", (context) => {
    const query = queryOf(context);
    const search = query.get("search")?.toLowerCase() ?? "";
    const found = directories
      .all()
      .filter(
        ({ organizationId, name }) =>
          organizationId === (query.get("organization_id") ?? organizationId) &&
          name.toLowerCase().includes(search),
      );
    return listResponse(found, query, serializeDirectory);
  });
  api.get("/directories/:id", ({ req }) => {
    const directory = directories.find(req.param("id"));
    return directory === undefined
      ? notFound("Directory", req.param("id"))
      : Response.json(serializeDirectory(directory));
  });
  api.get("/directory_users", (context) => {
    const query = queryOf(context);
    const problem = findDirectoryProblem(environment, query, "group");
    if (problem !== undefined) return problem;
    const group = query.get("group");
    const found = directoryUsers
      .all()
      .filter(
        ({ directoryId, groupIds = [] }) =>
          directoryId === (query.get("directory") ?? directoryId) &&
          (group === null || groupIds.includes(group)),
      );
    return listResponse(found, query, (user) => serializeDirectoryUser(environment, user));
  });
  api.get("/directory_groups", (context) => {
    const query = queryOf(context);
    const problem = findDirectoryProblem(environment, query, "user");
    if (problem !== undefined) return problem;
    const userId = query.get("user");
    const groupIds = userId === null ? undefined : (directoryUsers.find(userId)?.groupIds ?? []);
    const found = directoryGroups
      .all()
      .filter(
        ({ id, directoryId }) =>
          directoryId === (query.get("directory") ?? directoryId) &&
          (groupIds === undefined || groupIds.includes(id)),
      );
    return listResponse(found, query, (group) => serializeDirectoryGroup(environment, group));
  });
}

// WorkOS lists users and groups of something: without a directory or the other filter there is nothing to list.
function findDirectoryProblem(
  environment: Environment,
  query: URLSearchParams,
  other: string,
): Response | undefined {
  const directory = query.get("directory");
  if (directory === null && query.get(other) === null) {
    return unprocessable("Validation failed.", [{ field: "directory", code: "required" }]);
  }
  const isKnown = directory === null || environment.directories.find(directory) !== undefined;
  return isKnown ? undefined : notFound("Directory", directory);
}

function queryOf(context: Context): URLSearchParams {
  return new URL(context.req.url).searchParams;
}
