import type { Hono } from "hono";
import type { Environment } from "../environment/environment.js";
import { notFound } from "./api-error.js";
import { listResponse } from "./pagination.js";
import { readQuery } from "./query.js";
import { serializeConsent } from "./serialization.js";

/** The applications that a person has authorized: list, and withdraw, for which there is no event. */
export function addAuthorizedApplicationRoutes(api: Hono, environment: Environment): void {
  const { consents, users } = environment;
  const path = "/user_management/users/:id/authorized_applications";
  api.get(path, (context) => {
    const userId = context.req.param("id");
    if (users.find(userId) === undefined) return notFound("User", userId);
    const found = consents.all().filter((consent) => consent.userId === userId);
    return listResponse(found, readQuery(context), serializeConsent);
  });
  api.delete(`${path}/:application`, ({ req }) => {
    const application = req.param("application");
    const found = consents
      .all()
      .filter(
        ({ userId, clientId, applicationId }) =>
          userId === req.param("id") && [clientId, applicationId].includes(application),
      );
    if (found.length === 0) return notFound("Authorized Application", application);
    for (const { id } of found) consents.remove(id);
    return new Response(null, { status: 204 });
  });
}
