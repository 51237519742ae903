import { toMembers } from "../standards/members.js";
import type { KeyOwner } from "./api-key-verdicts.js";

/** An event of the WorkOS Events API or of a webhook, as far as it is read here. */
export interface WorkOSEvent {
  readonly id: string;
  /** Its type, such as `user.deleted`. */
  readonly event: string;
  /** When it happened, in milliseconds since the epoch. */
  readonly at: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What an event means for access. Times in milliseconds since the epoch. */
export type AccessChange =
  /** Tokens issued up to then no longer count: of a person, of a person in an organization, of everybody in one. */
  | { readonly kind: "revoked"; readonly subject: RevokedSubject; readonly at: number }
  | { readonly kind: "api-key-revoked"; readonly id: string }
  /** API keys of a person, of an organization, or of a person in one, may count no more. */
  | {
      readonly kind: "key-owner-removed";
      readonly owner: KeyOwner;
    }
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
export const ACCESS_EVENTS: readonly string[] = Object.freeze([
  "user.deleted",
  "organization.deleted",
  "organization_membership.created",
  "organization_membership.updated",
  "organization_membership.deleted",
  "session.revoked",
  "api_key.revoked",
  "role.created",
  "role.updated",
  "role.deleted",
  "organization_role.created",
  "organization_role.updated",
  "organization_role.deleted",
  "permission.deleted",
]);

/**
 * Reads an event as WorkOS writes it; nothing when it has not the shape of one.
 *
 * The SDK reads every type of event whole and rejects a page for one that it does not
 * know; here no more is read than access depends on.
 */
export function readEvent(given: unknown): WorkOSEvent | undefined {
  const { id, event, created_at: createdAt, data } = toMembers(given);
  const at = typeof createdAt === "string" ? Date.parse(createdAt) : Number.NaN;
  return typeof id === "string" && typeof event === "string" && !Number.isNaN(at)
    ? { id, event, at, data: toMembers(data) }
    : undefined;
}

/** Reads the ID of an event, of whatever else it may lack. */
export function readEventId(given: unknown): string | undefined {
  const { id } = toMembers(given);
  return isText(id) ? id : undefined;
}

/**
 * Reads what an event means for access: no changes for an event that means nothing, and
 * nothing when it should mean something and does not say of whom.
 *
 * A revoked session is matched by its person and organization too, since the `sid` of a
 * token from Connect is the ID of a consent: users who still have access get a new token by
 * refreshing. Does NOT know consents: WorkOS sends no event when one is revoked.
 *
 * @see https://workos.com/docs/events
 */
export function readChanges({ event, at, data }: WorkOSEvent): readonly AccessChange[] | undefined {
  const { id, status } = data;
  const [userId, organizationId] = [data["user_id"], data["organization_id"]];
  const revoked = (subject: RevokedSubject): AccessChange => ({ kind: "revoked", subject, at });
  switch (event) {
    case "user.deleted":
      return isText(id) ? [revoked({ userId: id }), ownerRemoved({ userId: id })] : undefined;
    case "organization.deleted":
      return isText(id)
        ? [revoked({ organizationId: id }), ownerRemoved({ organizationId: id })]
        : undefined;
    case "organization_membership.created":
    case "organization_membership.updated":
    case "organization_membership.deleted": {
      if (!isText(userId) || !isText(organizationId)) return undefined;
      const isOver = event.endsWith(".deleted") || status === "inactive";
      return [
        { kind: "membership-changed", userId, organizationId },
        ...(isOver
          ? [revoked({ userId, organizationId }), ownerRemoved({ userId, organizationId })]
          : []),
      ];
    }
    case "session.revoked": {
      if (!isText(id) || !isText(userId)) return undefined;
      const whom = isText(organizationId) ? { userId, organizationId } : { userId };
      return [revoked({ sessionId: id }), revoked(whom)];
    }
    case "api_key.revoked":
      return isText(id) ? [{ kind: "api-key-revoked", id }] : undefined;
    // A user with a new role has none of its permissions by what is remembered.
    case "organization_role.created":
    case "organization_role.updated":
    case "organization_role.deleted":
      return [isText(organizationId) ? { kind: "roles-changed", organizationId } : ROLES_CHANGED];
    case "role.created":
    case "role.updated":
    case "role.deleted":
    case "permission.deleted":
      return [ROLES_CHANGED];
    default:
      return [];
  }
}

function ownerRemoved(owner: KeyOwner): AccessChange {
  return { kind: "key-owner-removed", owner };
}

const ROLES_CHANGED: AccessChange = Object.freeze({ kind: "roles-changed" });

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
