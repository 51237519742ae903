import type { Hono } from "hono";
import type { Environment, FeatureFlag } from "../environment/environment.js";
import type { Row } from "../environment/table.js";
import { notFound } from "./api-error.js";
import { listResponse } from "./pagination.js";
import { readQuery } from "./query.js";
import { serializeFeatureFlag } from "./serialization.js";

/** Feature flags: as the dashboard has them, and as the SDK's runtime client polls them. */
export function addFeatureFlagRoutes(
  api: Hono,
  { featureFlags, memberships, organizations, users }: Environment,
): void {
  const find = (slug: string): Row<FeatureFlag> | undefined =>
    featureFlags.all().find((flag) => flag.slug === slug);
  const change = (slug: string, changes: (flag: FeatureFlag) => Partial<FeatureFlag>): Response => {
    const flag = find(slug);
    if (flag === undefined) return notFound("FeatureFlag", slug);
    return Response.json(serializeFeatureFlag(featureFlags.update(flag.id, changes(flag)) ?? flag));
  };
  const isTarget = (id: string): boolean =>
    users.find(id) !== undefined || organizations.find(id) !== undefined;
  /** Flags that are on for any of these. */
  const onFor = (ids: readonly string[]): readonly Row<FeatureFlag>[] =>
    featureFlags
      .all()
      .filter(
        ({ enabled, defaultValue = false, targets = [] }) =>
          enabled && (defaultValue || ids.some((id) => targets.includes(id))),
      );

  api.get("/sdk/feature-flags", () => {
    const bySlug = featureFlags.all().map((flag) => [flag.slug, pollEntry(flag)]);
    return Response.json(Object.fromEntries(bySlug));
  });
  api.get("/feature-flags", (context) =>
    listResponse(featureFlags.all(), readQuery(context), serializeFeatureFlag),
  );
  api.get("/feature-flags/:slug", ({ req }) => {
    const flag = find(req.param("slug"));
    return flag === undefined
      ? notFound("FeatureFlag", req.param("slug"))
      : Response.json(serializeFeatureFlag(flag));
  });
  api.put("/feature-flags/:slug/enable", ({ req }) =>
    change(req.param("slug"), () => ({ enabled: true })),
  );
  api.put("/feature-flags/:slug/disable", ({ req }) =>
    change(req.param("slug"), () => ({ enabled: false })),
  );
  api.post("/feature-flags/:slug/targets/:id", ({ req }) => {
    const { slug, id } = req.param();
    if (!isTarget(id)) return notFound("Target", id);
    return change(slug, ({ targets = [] }) => ({ targets: [...new Set([...targets, id])] }));
  });
  api.delete("/feature-flags/:slug/targets/:id", ({ req }) => {
    const { slug, id } = req.param();
    const answer = change(slug, ({ targets = [] }) => ({
      targets: targets.filter((target) => target !== id),
    }));
    return answer.ok ? new Response(null, { status: 204 }) : answer;
  });
  api.get("/organizations/:id/feature-flags", (context) => {
    const id = context.req.param("id");
    if (organizations.find(id) === undefined) return notFound("Organization", id);
    return listResponse(onFor([id]), readQuery(context), serializeFeatureFlag);
  });
  api.get("/user_management/users/:id/feature-flags", (context) => {
    const id = context.req.param("id");
    if (users.find(id) === undefined) return notFound("User", id);
    const own = memberships.all().filter(({ userId }) => userId === id);
    const ids = [id, ...own.map(({ organizationId }) => organizationId)];
    return listResponse(onFor(ids), readQuery(context), serializeFeatureFlag);
  });
}

function pollEntry({ slug, enabled, defaultValue = false, targets = [] }: FeatureFlag): object {
  const entries = (prefix: string): object[] =>
    targets.filter((id) => id.startsWith(prefix)).map((id) => ({ id, enabled: true }));
  return {
    slug,
    enabled,
    default_value: defaultValue,
    targets: { users: entries("user_"), organizations: entries("org_") },
  };
}
