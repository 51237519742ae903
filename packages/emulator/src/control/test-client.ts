import type { Client } from "../clients/client.js";
import type { AuthorizationServer } from "../oauth/authorization-server.js";
import { createIdentifier } from "../secrets/identifier.js";

/** The MCP client that a test's tokens are for: one that registered itself. */
export type TestClient = () => Client;

/** Creates the client of one environment; it is registered whenever it is used, so that others do not push it out. */
export function createTestClient({ now, registeredClients }: AuthorizationServer): TestClient {
  const client: Client = {
    id: createIdentifier("client", now),
    origin: "dynamic-registration",
    name: "Emulator test client",
    redirectUris: ["http://127.0.0.1/callback"],
    grantTypes: ["authorization_code", "refresh_token"],
    credentials: { kind: "public" },
  };
  return () => {
    registeredClients.add(client);
    registeredClients.keep(client.id);
    return client;
  };
}
