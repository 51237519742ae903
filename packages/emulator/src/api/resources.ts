import type { Hono } from "hono";
import type { Environment } from "../environment/environment.js";
import { createIdentifier } from "../secrets/identifier.js";
import { apiError, notFound, unprocessable } from "./api-error.js";
import { readJsonBody } from "./json-body.js";
import { listResponse } from "./pagination.js";
import { serializeResource } from "./serialization.js";

const path = "/user_management/authkit_oauth_resources";

/** Resource indicators by API: list, add, remove. A new default takes the mark from the one before. */
export function addResourceRoutes(api: Hono, { resources }: Environment, now: () => number): void {
  api.get(path, ({ req }) =>
    listResponse(resources.all(), new URL(req.url).searchParams, serializeResource),
  );

  api.post(path, async ({ req }) => {
    const body = await readJsonBody(req.raw);
    const uri = body?.["uri"];
    const isDefault = body?.["default"] ?? false;
    // RFC 8707 section 2: an absolute URI without a fragment.
    if (typeof uri !== "string" || !URL.canParse(uri) || uri.includes("#")) {
      return unprocessable("Validation failed.", [{ field: "uri", code: "invalid" }]);
    }
    if (typeof isDefault !== "boolean") {
      return unprocessable("Validation failed.", [{ field: "default", code: "invalid" }]);
    }
    if (resources.all().some((resource) => resource.uri === uri)) {
      return apiError(409, "The resource indicator exists already.", {
        code: "duplicate_resource",
      });
    }
    if (isDefault) {
      for (const resource of resources.all())
        if (resource.default) resources.update(resource.id, { default: false });
    }
    const resource = resources.insert({
      id: createIdentifier("authkit_oauth_resource", now),
      uri,
      default: isDefault,
    });
    return Response.json(serializeResource(resource), { status: 201 });
  });

  api.delete(`${path}/:id`, ({ req }) => {
    const id = req.param("id");
    return resources.remove(id)
      ? new Response(null, { status: 204 })
      : notFound("AuthkitOauthResource", id);
  });
}
