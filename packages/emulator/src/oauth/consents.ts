import type { ClientIdentity } from "../clients/client.js";
import type { Consent } from "../environment/environment.js";
import type { Table } from "../environment/table.js";
import { createIdentifier } from "../secrets/identifier.js";

const consentLimit = 10_000;

/** Consents: one for each person, client and organization, and the same one when they allow again. */
export interface Consents {
  give(given: Given): string;
  /** Whether it has not been withdrawn. */
  isGiven(id: string): boolean;
}

/** What a person allowed a client to do. */
export interface Given {
  readonly userId: string;
  readonly client: ClientIdentity;
  readonly organizationId: string | undefined;
  readonly scopes: readonly string[];
  readonly resource: string;
}

export function createConsents(consents: Table<Consent>, now: () => number): Consents {
  return {
    give({ userId, client, organizationId, scopes, resource }) {
      const ofClient = consents.all().filter(({ clientId }) => clientId === client.id);
      const given = { clientName: client.name, scopes, resource };
      const earlier = ofClient.find(
        (one) => one.userId === userId && one.organizationId === organizationId,
      );
      if (earlier !== undefined) {
        consents.update(earlier.id, given);
        return earlier.id;
      }
      const [oldest, ...rest] = consents.all();
      if (oldest !== undefined && rest.length + 1 >= consentLimit) consents.remove(oldest.id);
      const id = createIdentifier("app_consent", now);
      consents.insert({
        id,
        userId,
        clientId: client.id,
        applicationId: ofClient[0]?.applicationId ?? createIdentifier("conn_app", now),
        ...(organizationId === undefined ? {} : { organizationId }),
        ...given,
      });
      return id;
    },
    isGiven: (id) => consents.find(id) !== undefined,
  };
}
