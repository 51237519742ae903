import { createIdentifier } from "../secrets/identifier.js";
import { createExpiringMap } from "../store/expiring-map.js";

const consentLimit = 10_000;

/** Consents: one for each person, client and organization, and the same one when they allow again. */
export interface Consents {
  give(userId: string, clientId: string, organizationId: string | undefined): string;
}

export function createConsents(now: () => number): Consents {
  const identifiers = createExpiringMap<string>({ limit: consentLimit, now });
  return {
    give(userId, clientId, organizationId) {
      const key = JSON.stringify([userId, clientId, organizationId]);
      const identifier = identifiers.get(key) ?? createIdentifier("app_consent", now);
      identifiers.set(key, identifier, Number.POSITIVE_INFINITY);
      return identifier;
    },
  };
}
