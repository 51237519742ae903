import type { Hono } from "hono";
import type { Environment } from "../environment/environment.js";
import { notFound, unprocessable } from "./api-error.js";
import { readJsonBody } from "./json-body.js";
import { listResponse } from "./pagination.js";
import { readQuery } from "./query.js";
import { serializeSession } from "./serialization.js";

/** Sessions: list those of a person, and revoke one, which is an event. Refresh tokens go on, since nothing documents otherwise. */
export function addSessionRoutes(
  api: Hono,
  { sessions, users }: Environment,
  now: () => number,
): void {
  api.get("/user_management/users/:id/sessions", (context) => {
    const userId = context.req.param("id");
    if (users.find(userId) === undefined) return notFound("User", userId);
    const found = sessions.all().filter((session) => session.userId === userId);
    return listResponse(found, readQuery(context), serializeSession);
  });
  api.post("/user_management/sessions/revoke", async ({ req }) => {
    const id = (await readJsonBody(req.raw))?.["session_id"];
    if (typeof id !== "string" || id === "") {
      return unprocessable("Validation failed.", [{ field: "session_id", code: "required" }]);
    }
    const session = sessions.find(id);
    if (session === undefined) return notFound("Session", id);
    const revoked =
      session.revokedAt === undefined ? sessions.update(id, { revokedAt: now() }) : session;
    return Response.json(serializeSession(revoked ?? session));
  });
}
