import type { Environment, Observers } from "../environment/environment.js";
import {
  serializeApiKey,
  serializeMembership,
  serializeOrganization,
  serializeRoleEvent,
  serializeSession,
  serializeUser,
} from "./serialization.js";
import type { EventLog } from "../events/event-log.js";

/** Makes what turns changes of the environment into events. */
export function createAnnouncements(log: EventLog, environment: () => Environment): Observers {
  return {
    users: (change, row, fields) => {
      // Signing in is no change that WorkOS announces.
      const isSignIn = change === "updated" && fields.every((field) => field === "lastSignInAt");
      if (!isSignIn) log.append(`user.${change}`, serializeUser(row));
    },
    organizations: (change, row) =>
      log.append(`organization.${change}`, serializeOrganization(row)),
    memberships: (change, row) =>
      log.append(`organization_membership.${change}`, serializeMembership(environment(), row)),
    roles: (change, row) => {
      const name = row.organizationId === undefined ? "role" : "organization_role";
      log.append(`${name}.${change}`, serializeRoleEvent(row));
    },
    apiKeys: (change, row) => {
      if (change === "created") log.append("api_key.created", serializeApiKey(row));
      if (change === "deleted") log.append("api_key.revoked", serializeApiKey(row));
    },
    sessions: (change, row) => {
      // A sign-in alone is not told; what ends one is.
      if (change === "updated") log.append("session.revoked", serializeSession(row));
    },
  };
}
