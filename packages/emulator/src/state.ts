import type { Hono } from "hono";
import { createClientDirectory } from "./clients/client-directory.js";
import { createDashboardClients } from "./clients/dashboard-clients.js";
import { createFetchTransport, createGuardedTransport } from "./clients/document-transport.js";
import { createMetadataDocuments } from "./clients/metadata-documents.js";
import { createRegisteredClients } from "./clients/registered-clients.js";
import { createTestClient, type TestClient } from "./control/test-client.js";
import { createEnvironment, type Environment } from "./environment/environment.js";
import { createAnnouncements } from "./api/announcements.js";
import type { EventLog } from "./events/event-log.js";
import type { SigningKeys } from "./keys/signing-keys.js";
import { createAuthorizationCodes } from "./oauth/authorization-codes.js";
import type { AuthorizationServer } from "./oauth/authorization-server.js";
import { createConsents } from "./oauth/consents.js";
import { createGrantFamilies } from "./oauth/grant-families.js";
import type { EmulatorSettings } from "./options/emulator-options.js";
import { createRoutes } from "./routes.js";

/** What `reset()` begins anew. */
export interface EmulatorState {
  readonly server: AuthorizationServer;
  readonly testClient: TestClient;
  readonly routes: Hono;
}

/** Creates an authorization server and an environment as the seed has it; keys and event log outlive them. */
export function createState(
  settings: EmulatorSettings,
  outside: {
    readonly issuer: () => string;
    readonly now: () => number;
    readonly keys: SigningKeys;
    readonly events: EventLog;
  },
): EmulatorState {
  const { accessTokenLifetime, features, fetchDocument, log, refreshTokenLifetime, seed } =
    settings;
  const { events, issuer, keys, now } = outside;
  const transport =
    fetchDocument === undefined ? createGuardedTransport() : createFetchTransport(fetchDocument);
  const registeredClients = createRegisteredClients();
  const environment: Environment = createEnvironment(seed, now, {
    events,
    announce: createAnnouncements(events, () => environment),
  });
  const server: AuthorizationServer = {
    issuer,
    now,
    features,
    accessTokenLifetime,
    environment,
    keys,
    clients: createClientDirectory({
      dashboard: createDashboardClients(seed.applications),
      registered: registeredClients,
      documents: createMetadataDocuments(transport, now, {
        allowLoopback: settings.allowLoopbackMetadata,
      }),
      features,
    }),
    registeredClients,
    codes: createAuthorizationCodes(now),
    families: createGrantFamilies({ now, refreshTokenLifetime }),
    consents: createConsents(environment.consents, now),
  };
  return { server, testClient: createTestClient(server), routes: createRoutes(server, log) };
}
