import type { Hono } from "hono";
import type { Environment } from "../environment/environment.js";
import { notFound } from "./api-error.js";
import { listResponse } from "./pagination.js";
import { readQuery } from "./query.js";
import { serializeConnection, serializeOrganization } from "./serialization.js";

/** Organizations and their SSO connections. */
export function addOrganizationRoutes(
  api: Hono,
  { connections, organizations }: Environment,
): void {
  api.get("/organizations", (context) => {
    const domains = readQuery(context)
      .getAll("domains")
      .concat(readQuery(context).getAll("domains[]"));
    const found = organizations
      .all()
      .filter(
        (organization) =>
          domains.length === 0 || organization.domains?.some((domain) => domains.includes(domain)),
      );
    return listResponse(found, readQuery(context), serializeOrganization);
  });
  api.get("/organizations/:id", ({ req }) => {
    const organization = organizations.find(req.param("id"));
    if (organization === undefined) return notFound("Organization", req.param("id"));
    return Response.json(serializeOrganization(organization));
  });
  api.get("/connections", (context) => {
    const query = readQuery(context);
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
