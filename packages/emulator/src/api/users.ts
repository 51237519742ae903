import type { Hono } from "hono";
import type { Environment } from "../environment/environment.js";
import { apiError, notFound, unprocessable } from "./api-error.js";
import { readJsonBody } from "./json-body.js";
import { listResponse } from "./pagination.js";
import { readQuery } from "./query.js";
import { serializeUser } from "./serialization.js";
import { readUserUpdate } from "./user-update.js";

/** Users: list, get, update, and delete with their memberships. */
export function addUserRoutes(api: Hono, environment: Environment): void {
  const { memberships, users } = environment;
  api.get("/user_management/users", (context) => {
    const query = readQuery(context);
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
  api.delete("/user_management/users/:id", ({ req }) => {
    const id = req.param("id");
    if (!users.remove(id)) return notFound("User", id);
    for (const { id: membershipId, userId } of memberships.all()) {
      if (userId === id) memberships.remove(membershipId);
    }
    return new Response(null, { status: 204 });
  });
}
