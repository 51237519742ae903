import type { Hono } from "hono";
import type { Environment } from "../environment/environment.js";
import { notFound, unprocessable } from "./api-error.js";
import { listResponse } from "./pagination.js";
import { readQuery } from "./query.js";
import {
  serializeDirectory,
  serializeDirectoryGroup,
  serializeDirectoryUser,
} from "./serialization.js";

/** Directories (SCIM) with their users and groups. */
export function addDirectoryRoutes(api: Hono, environment: Environment): void {
  const { directories, directoryGroups, directoryUsers } = environment;
  api.get("/directories", (context) => {
    const query = readQuery(context);
    const search = query.get("search")?.toLowerCase() ?? "";
    const found = directories
      .all()
      .filter(
        ({ organizationId, name }) =>
          organizationId === (query.get("organization_id") ?? organizationId) &&
          name.toLowerCase().includes(search),
      );
    return listResponse(found, query, serializeDirectory);
  });
  api.get("/directories/:id", ({ req }) => {
    const directory = directories.find(req.param("id"));
    return directory === undefined
      ? notFound("Directory", req.param("id"))
      : Response.json(serializeDirectory(directory));
  });
  api.get("/directory_users", (context) => {
    const query = readQuery(context);
    const problem = findDirectoryProblem(environment, query, "group");
    if (problem !== undefined) return problem;
    const group = query.get("group");
    const found = directoryUsers
      .all()
      .filter(
        ({ directoryId, groupIds = [] }) =>
          directoryId === (query.get("directory") ?? directoryId) &&
          (group === null || groupIds.includes(group)),
      );
    return listResponse(found, query, (user) => serializeDirectoryUser(environment, user));
  });
  api.get("/directory_groups", (context) => {
    const query = readQuery(context);
    const problem = findDirectoryProblem(environment, query, "user");
    if (problem !== undefined) return problem;
    const userId = query.get("user");
    const groupIds = userId === null ? undefined : (directoryUsers.find(userId)?.groupIds ?? []);
    const found = directoryGroups
      .all()
      .filter(
        ({ id, directoryId }) =>
          directoryId === (query.get("directory") ?? directoryId) &&
          (groupIds === undefined || groupIds.includes(id)),
      );
    return listResponse(found, query, (group) => serializeDirectoryGroup(environment, group));
  });
}

// WorkOS lists users and groups of something: without a directory or the other filter there is nothing to list.
function findDirectoryProblem(
  environment: Environment,
  query: URLSearchParams,
  other: string,
): Response | undefined {
  const directory = query.get("directory");
  if (directory === null && query.get(other) === null) {
    return unprocessable("Validation failed.", [{ field: "directory", code: "required" }]);
  }
  const isKnown = directory === null || environment.directories.find(directory) !== undefined;
  return isKnown ? undefined : notFound("Directory", directory);
}
