import type { WorkOS } from "./client.js";

/** An event of the WorkOS Events API or of a webhook, as the SDK reads it. */
export type WorkOSEvent = Awaited<ReturnType<WorkOS["events"]["listEvents"]>>["data"][number];

/** What an event means for access. Times in milliseconds since the epoch. */
export type AccessChange =
  /** Tokens issued up to then no longer count: of a person, of a person in an organization, of everybody in one. */
  | { readonly kind: "revoked"; readonly subject: RevokedSubject; readonly at: number }
  | { readonly kind: "api-key-revoked"; readonly id: string }
  /** What was remembered of a membership, or of the roles of one or all organizations, may be wrong. */
  | {
      readonly kind: "membership-changed";
      readonly userId: string;
      readonly organizationId: string;
    }
  | { readonly kind: "roles-changed"; readonly organizationId?: string };

/** Whose tokens: at least one of them is named. */
export interface RevokedSubject {
  readonly userId?: string;
  readonly organizationId?: string;
  /** The token's `sid`, where it happens to be the ID of the session. */
  readonly sessionId?: string;
}

/** The event types that say something about access; nothing else is asked for. */
export const ACCESS_EVENTS: readonly WorkOSEvent["event"][] = Object.freeze([
  "user.deleted",
  "organization.deleted",
  "organization_membership.created",
  "organization_membership.updated",
  "organization_membership.deleted",
  "session.revoked",
  "api_key.revoked",
  "role.updated",
  "role.deleted",
  "organization_role.updated",
  "organization_role.deleted",
  "permission.deleted",
]);

/**
 * Reads what an event means for access; nothing for an event that means nothing.
 *
 * A revoked session is matched by its person and organization too, since the `sid` of a
 * token from Connect is the ID of a consent: whoever still may come gets a new token by
 * refreshing. Does NOT know consents: WorkOS sends no event when one is revoked.
 *
 * @see https://workos.com/docs/events
 */
export function changesOf(event: WorkOSEvent): readonly AccessChange[] {
  const at = Date.parse(event.createdAt);
  switch (event.event) {
    case "user.deleted":
      return [{ kind: "revoked", subject: { userId: event.data.id }, at }];
    case "organization.deleted":
      return [{ kind: "revoked", subject: { organizationId: event.data.id }, at }];
    case "organization_membership.created":
    case "organization_membership.updated":
    case "organization_membership.deleted": {
      const { userId, organizationId, status } = event.data;
      const isOver = event.event.endsWith(".deleted") || status === "inactive";
      return [
        { kind: "membership-changed", userId, organizationId },
        ...(isOver ? [{ kind: "revoked", subject: { userId, organizationId }, at } as const] : []),
      ];
    }
    case "session.revoked": {
      const { id, userId, organizationId } = event.data;
      const whom =
        organizationId === undefined || organizationId === null
          ? { userId }
          : { userId, organizationId };
      return [
        { kind: "revoked", subject: { sessionId: id }, at },
        { kind: "revoked", subject: whom, at },
      ];
    }
    case "api_key.revoked":
      return [{ kind: "api-key-revoked", id: event.data.id }];
    case "organization_role.updated":
    case "organization_role.deleted":
      return [{ kind: "roles-changed", organizationId: event.data.organizationId }];
    case "role.updated":
    case "role.deleted":
    case "permission.deleted":
      return [{ kind: "roles-changed" }];
    default:
      return [];
  }
}
