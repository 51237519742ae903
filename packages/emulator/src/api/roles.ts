import type { Hono } from "hono";
import type { Environment, Role } from "../environment/environment.js";
import { notFound } from "./api-error.js";
import { serializeRole } from "./serialization.js";

/** Roles and their permissions, which is where a resource server finds what the token does not say. */
export function addRoleRoutes(api: Hono, { organizations, roles }: Environment): void {
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
}

/** An organization has the environment's roles and those of its own. */
export function isRoleIn(role: Role, organizationId: string): boolean {
  return role.organizationId === undefined || role.organizationId === organizationId;
}
