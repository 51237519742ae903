import type { Call, Check } from "./rule.js";

/** A resource of WorkOS Fine-Grained Authorization, by its own ID or by yours. */
export type AuthorizationResource =
  | { readonly resourceId: string }
  | { readonly resourceExternalId: string; readonly resourceTypeSlug: string };

/**
 * Makes a `check` that asks WorkOS whether the caller has a permission on one resource (FGA).
 *
 * Denies without asking when the caller has no active membership in the session's
 * organization. Asks at every call: nothing is remembered. Does NOT make the call see only
 * that resource: hand the tool the same ID.
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
    const { authorized } = await call.workos.authorization.check({
      organizationMembershipId,
      permissionSlug,
      ...resource,
    });
    return authorized;
  };
}
