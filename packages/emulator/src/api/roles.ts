import type { Hono } from "hono";
import type { Environment, Role } from "../environment/environment.js";
import type { Row } from "../environment/table.js";
import { notFound, unprocessable } from "./api-error.js";
import { readJsonBody } from "./json-body.js";
import { listResponse } from "./pagination.js";
import { readQuery } from "./query.js";
import { serializePermission, serializeRole } from "./serialization.js";

/** Roles and their permissions, which is where a resource server finds what the token does not say. */
export function addRoleRoutes(api: Hono, environment: Environment): void {
  const { organizations, permissions, roles } = environment;
  const ofEnvironment = (slug: string): Row<Role> | undefined =>
    roles.all().find((role) => role.organizationId === undefined && role.slug === slug);
  const inOrganization = (id: string, slug: string): Row<Role> | undefined =>
    roles.all().find((role) => role.slug === slug && isRoleIn(role, id));
  const show = (role: Row<Role> | undefined, slug: string): Response =>
    role === undefined ? notFound("Role", slug) : Response.json(serializeRole(role));

  api.get("/authorization/permissions", (context) =>
    listResponse(permissions.all(), readQuery(context), serializePermission),
  );
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
    const slug = req.param("slug");
    return show(ofEnvironment(slug), slug);
  });
  api.get("/authorization/organizations/:id/roles/:slug", ({ req }) => {
    const { id, slug } = req.param();
    return show(inOrganization(id, slug), slug);
  });
  api.put("/authorization/roles/:slug/permissions", ({ req }) => {
    const slug = req.param("slug");
    return setPermissions(environment, ofEnvironment(slug), { slug, request: req.raw });
  });
  api.put("/authorization/organizations/:id/roles/:slug/permissions", ({ req }) => {
    const { id, slug } = req.param();
    const role = inOrganization(id, slug);
    // What every organization shares is not for one of them to change.
    const own = role?.organizationId === undefined ? undefined : role;
    return setPermissions(environment, own, { slug, request: req.raw });
  });
}

/** Gives a role other permissions; its members have them at the next question. */
async function setPermissions(
  { permissions, roles }: Environment,
  role: Row<Role> | undefined,
  { slug, request }: { readonly slug: string; readonly request: Request },
): Promise<Response> {
  if (role === undefined) return notFound("Role", slug);
  const wanted = (await readJsonBody(request))?.["permissions"];
  const isKnown = (one: unknown): one is string =>
    permissions.all().some((known) => known.slug === one);
  if (!Array.isArray(wanted) || !wanted.every(isKnown)) {
    return unprocessable("Validation failed.", [{ field: "permissions", code: "invalid" }]);
  }
  return Response.json(serializeRole(roles.update(role.id, { permissions: wanted }) ?? role));
}

/** An organization has the environment's roles and those of its own. */
export function isRoleIn(role: Role, organizationId: string): boolean {
  return role.organizationId === undefined || role.organizationId === organizationId;
}
