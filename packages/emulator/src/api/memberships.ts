import type { Hono } from "hono";
import type { Environment } from "../environment/environment.js";
import type { MembershipStatus } from "../seed/seed.js";
import { apiError, notFound, unprocessable } from "./api-error.js";
import { readJsonBody } from "./json-body.js";
import { listResponse } from "./pagination.js";
import { readQuery } from "./query.js";
import { isRoleIn } from "./roles.js";
import { serializeMembership } from "./serialization.js";

const path = "/user_management/organization_memberships";

/** Organization memberships: list, get, change roles, deactivate, reactivate, delete. */
export function addMembershipRoutes(api: Hono, environment: Environment): void {
  const { memberships, roles } = environment;
  api.get(path, (context) => {
    const query = readQuery(context);
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
  api.get(`${path}/:id`, ({ req }) => {
    const membership = memberships.find(req.param("id"));
    if (membership === undefined) return notFound("OrganizationMembership", req.param("id"));
    return Response.json(serializeMembership(environment, membership));
  });
  api.put(`${path}/:id`, async ({ req }) => {
    const membership = memberships.find(req.param("id"));
    if (membership === undefined) return notFound("OrganizationMembership", req.param("id"));
    const body = await readJsonBody(req.raw);
    if (body === undefined) return apiError(400, "The body must be a JSON object.");
    const slugs = readRoleSlugs(body);
    const isKnown = (slug: string): boolean =>
      roles.all().some((role) => role.slug === slug && isRoleIn(role, membership.organizationId));
    if (slugs === undefined || !slugs.every(isKnown)) {
      return unprocessable("Validation failed.", [{ field: "role_slug", code: "invalid" }]);
    }
    const changed = memberships.update(membership.id, { roles: slugs }) ?? membership;
    return Response.json(serializeMembership(environment, changed));
  });
  api.put(`${path}/:id/deactivate`, ({ req }) =>
    setStatus(environment, req.param("id"), "inactive"),
  );
  api.put(`${path}/:id/reactivate`, ({ req }) => setStatus(environment, req.param("id"), "active"));
  api.delete(`${path}/:id`, ({ req }) => {
    const id = req.param("id");
    return memberships.remove(id)
      ? new Response(null, { status: 204 })
      : notFound("OrganizationMembership", id);
  });
}

// An invitation that was not accepted yet can be neither switched off nor on.
function setStatus(environment: Environment, id: string, status: MembershipStatus): Response {
  const membership = environment.memberships.find(id);
  if (membership === undefined) return notFound("OrganizationMembership", id);
  if (membership.status === "pending") {
    return apiError(422, "The membership is pending.", { code: "membership_pending" });
  }
  const changed = environment.memberships.update(id, { status }) ?? membership;
  return Response.json(serializeMembership(environment, changed));
}

function readRoleSlugs(body: Readonly<Record<string, unknown>>): readonly string[] | undefined {
  const slugs = body["role_slugs"] ?? [body["role_slug"]];
  if (!Array.isArray(slugs) || slugs.length === 0) return undefined;
  return slugs.every((slug): slug is string => typeof slug === "string") ? slugs : undefined;
}
