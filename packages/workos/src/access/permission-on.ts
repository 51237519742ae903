import { ConfigurationError, problemAt, WorkOSAuthError, type Problem } from "../errors.js";
import type { WorkOS } from "../workos/client.js";
import { readFailure } from "../workos/failure.js";
import type { PermissionSlug } from "../session/register.js";
import type { AuthorizationResource, Call, Check } from "./rule.js";
import { within } from "../trail/time-limit.js";

/** Longest ID or slug that WorkOS is asked about, in characters. */
const MAX_ID_LENGTH = 1_000;
/** Longest wait for WorkOS, in milliseconds; with the look-up of the membership less than a check may take. */
const LONGEST_WAIT = 5_000;

/**
 * Makes a `check` that asks WorkOS whether the caller has a permission on one resource (FGA).
 *
 * Denies without asking when the caller has no active membership in the session's
 * organization, and when WorkOS knows no such resource. Asks at every call: nothing is
 * remembered, and while WorkOS cannot be asked the call is answered with 503. Does NOT make
 * the call see only that resource: hand the tool the same ID.
 *
 * @param resourceOf picks the resource out of the call; when it throws or returns anything else than one
 *   of the two forms, the call is denied without asking. Other members of what it returns are ignored.
 * @throws ConfigurationError when it is not given a slug and a function.
 * @example
 * ```ts
 * export const documents: AccessMap = {
 *   tools: {
 *     edit_document: {
 *       check: hasPermissionOn("document:edit", ({ arguments: { documentId } }) => ({
 *         resourceTypeSlug: "document",
 *         resourceExternalId: String(documentId),
 *       })),
 *     },
 *   },
 * };
 * ```
 * @see https://workos.com/docs/reference/fga/check
 */
export function hasPermissionOn(
  permissionSlug: PermissionSlug,
  resourceOf: (call: Call) => AuthorizationResource | undefined,
): Check {
  refuseWrongArguments(permissionSlug, resourceOf);
  return async (call) => {
    const resource = readResource(resourceOf(call));
    if (resource === undefined) return false;
    const access = await call.access();
    return (await access.on(permissionSlug, resource)).isAllowed;
  };
}

function refuseWrongArguments(permission: unknown, resourceOf: unknown): void {
  const problems: Problem[] = [];
  if (!isId(permission)) {
    problems.push(
      problemAt(
        "hasPermissionOn.permission",
        'must be the slug of a permission, such as "doc:edit"',
      ),
    );
  }
  if (typeof resourceOf !== "function") {
    problems.push(
      problemAt(
        "hasPermissionOn.resource",
        "must be a function that picks the resource out of a call",
      ),
    );
  }
  if (problems.length > 0) {
    throw new ConfigurationError(problems, "hasPermissionOn() cannot make a check");
  }
}

/**
 * Asks WorkOS whether a membership has a permission on one resource; nothing is cached.
 *
 * @returns false when WorkOS knows no such resource.
 * @throws WorkOSAuthError `access_unavailable` when WorkOS cannot be asked; the SDK's error when the question is wrong.
 */
export async function askPermissionOn(
  workos: WorkOS,
  organizationMembershipId: string,
  permissionSlug: string,
  resource: AuthorizationResource,
): Promise<boolean> {
  try {
    const { authorized } = await within(
      LONGEST_WAIT,
      workos.authorization.check({ ...resource, organizationMembershipId, permissionSlug }),
    );
    if (typeof authorized === "boolean") return authorized;
  } catch (error) {
    const { status } = readFailure(error);
    if (status === 404 || status === 422) return false;
    // The question is wrong, and is wrong the next time too.
    if (status === 400) throw error;
    throw unavailable(permissionSlug, String(status ?? "no answer"), error);
  }
  throw unavailable(permissionSlug, "no such answer");
}

/**
 * Takes the members that name a resource, since the rest may be what a caller sent as an argument.
 *
 * Rejects a resource that is named in both ways: they may contradict each other.
 */
export function readResource(picked: unknown): AuthorizationResource | undefined {
  if (typeof picked !== "object" || picked === null) return undefined;
  const { resourceId, resourceExternalId, resourceTypeSlug } = picked as Record<string, unknown>;
  if (resourceExternalId === undefined && resourceTypeSlug === undefined) {
    return isId(resourceId) ? { resourceId } : undefined;
  }
  return resourceId === undefined && isId(resourceExternalId) && isId(resourceTypeSlug)
    ? { resourceExternalId, resourceTypeSlug }
    : undefined;
}

function isId(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_ID_LENGTH;
}

function unavailable(permissionSlug: string, answer: string, cause?: unknown): WorkOSAuthError {
  return new WorkOSAuthError(
    "access_unavailable",
    `the permission ${permissionSlug} could not be asked of the WorkOS API (${answer})`,
    cause === undefined ? {} : { cause },
  );
}

/** By its code: a check may come from another copy of this package. */
export function isOutage(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "access_unavailable";
}
