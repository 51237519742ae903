import type { Hono } from "hono";
import type { Environment } from "../environment/environment.js";
import { isSameSecret } from "../secrets/secret.js";
import { notFound, unprocessable } from "./api-error.js";
import { readJsonBody } from "./json-body.js";
import { serializeApiKey } from "./serialization.js";

/** API keys that an application's users hold: validation by value, and deletion, after which a key is unknown. */
export function addApiKeyRoutes(api: Hono, { apiKeys }: Environment, now: () => number): void {
  api.post("/api_keys/validations", async ({ req }) => {
    const value = (await readJsonBody(req.raw))?.["value"];
    if (typeof value !== "string" || value === "") {
      return unprocessable("Validation failed.", [{ field: "value", code: "required" }]);
    }
    const key = apiKeys.all().find((candidate) => isSameSecret(value, candidate.value));
    if (key === undefined) return Response.json({ api_key: null });
    // What is told is the use before this one, as a caller would want to see it.
    apiKeys.update(key.id, { lastUsedAt: now() });
    return Response.json({ api_key: serializeApiKey(key) });
  });

  api.delete("/api_keys/:id", ({ req }) => {
    const id = req.param("id");
    return apiKeys.remove(id) ? new Response(null, { status: 204 }) : notFound("ApiKey", id);
  });
}
