import { WorkOSPluginError } from "../errors.js";
import { failureOf } from "../workos/failure.js";
import type { Call, Check } from "./rule.js";
import { within } from "./time-limit.js";

/** A resource of WorkOS Fine-Grained Authorization, by its own ID or by yours. */
export type AuthorizationResource =
  | { readonly resourceId: string }
  | { readonly resourceExternalId: string; readonly resourceTypeSlug: string };

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
 * @param resourceOf picks the resource out of the call; when it throws or returns nothing, the
 *   call is denied.
 * @see https://workos.com/docs/reference/fga/check
 */
export function hasPermissionOn(
  permissionSlug: string,
  resourceOf: (call: Call) => AuthorizationResource | undefined,
): Check {
  return async (_, call) => {
    const resource = resourceOf(call);
    const organizationMembershipId = await call.membershipId();
    if (resource === undefined || organizationMembershipId === undefined) return false;
    try {
      const { authorized } = await within(
        LONGEST_WAIT,
        call.workos.authorization.check({ organizationMembershipId, permissionSlug, ...resource }),
      );
      return authorized;
    } catch (error) {
      const { status } = failureOf(error);
      if (status === 404 || status === 422) return false;
      // The question is wrong, and is wrong the next time too.
      if (status === 400) throw error;
      throw new WorkOSPluginError(
        "access_unavailable",
        `the permission ${permissionSlug} could not be asked of the WorkOS API (${status ?? "no answer"})`,
      );
    }
  };
}
