import type { Hono } from "hono";
import type { Environment } from "../environment/environment.js";
import type { SeedAuthorizationResource } from "../seed/seed.js";
import { notFound, unprocessable } from "./api-error.js";
import { readJsonBody } from "./json-body.js";
import { isRoleIn } from "./roles.js";

/**
 * The access check of Fine-Grained Authorization: whether a membership has a permission on one
 * resource, by a role in its organization or by a role on the resource or on anything above it.
 */
export function addAuthorizationCheckRoute(api: Hono, environment: Environment): void {
  const { authorizationResources, memberships, roleAssignments, roles } = environment;

  const resourceOf = (
    body: Readonly<Record<string, unknown>>,
  ): SeedAuthorizationResource | undefined =>
    authorizationResources
      .all()
      .find((resource) =>
        body["resource_id"] === undefined
          ? resource.externalId === body["resource_external_id"] &&
            resource.typeSlug === body["resource_type_slug"]
          : resource.id === body["resource_id"],
      );

  api.post("/authorization/organization_memberships/:id/check", async ({ req }) => {
    const membership = memberships.find(req.param("id"));
    if (membership === undefined) return notFound("OrganizationMembership", req.param("id"));
    const body = await readJsonBody(req.raw);
    const permission = body?.["permission_slug"];
    if (body === undefined || typeof permission !== "string") {
      return unprocessable("Validation failed.", [{ field: "permission_slug", code: "required" }]);
    }
    const resource = resourceOf(body);
    if (resource === undefined) {
      const wanted = body["resource_id"] ?? body["resource_external_id"];
      return notFound("AuthorizationResource", String(wanted));
    }
    const { organizationId } = membership;
    const grants = (slug: string): boolean =>
      roles
        .all()
        .some(
          (role) =>
            role.slug === slug &&
            isRoleIn(role, organizationId) &&
            role.permissions.includes(permission),
        );
    const above = new Set(findAncestors(environment, resource).map(({ id }) => id));
    const assigned = roleAssignments
      .filter((one) => one.membershipId === membership.id && above.has(one.resourceId))
      .map(({ roleSlug }) => roleSlug);
    const authorized =
      (membership.status ?? "active") === "active" &&
      resource.organizationId === organizationId &&
      [...membership.roles, ...assigned].some(grants);
    return Response.json({ authorized });
  });
}

/** A resource and everything above it; a loop in the seed ends it. */
function findAncestors(
  { authorizationResources }: Environment,
  resource: SeedAuthorizationResource,
): readonly SeedAuthorizationResource[] {
  const line: SeedAuthorizationResource[] = [];
  let next: SeedAuthorizationResource | undefined = resource;
  while (next !== undefined && !line.includes(next)) {
    line.push(next);
    next = next.parentId === undefined ? undefined : authorizationResources.find(next.parentId);
  }
  return line;
}
