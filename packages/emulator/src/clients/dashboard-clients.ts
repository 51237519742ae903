import type { SeedApplication } from "../seed/seed.js";
import type { Client, SecretMethod } from "./client.js";

// The dashboard does not ask for a method: AuthKit takes an application's secret either way.
const eitherSecretMethod: readonly SecretMethod[] = ["client_secret_basic", "client_secret_post"];

/** Turns the seed's applications into clients, by client ID. */
export function createDashboardClients(
  applications: readonly SeedApplication[],
): ReadonlyMap<string, Client> {
  return new Map(applications.map((application) => [application.clientId, toClient(application)]));
}

function toClient(application: SeedApplication): Client {
  if (application.kind === "m2m") {
    return {
      id: application.clientId,
      origin: "machine",
      name: application.name,
      redirectUris: [],
      grantTypes: ["client_credentials"],
      credentials: {
        kind: "confidential",
        secret: application.clientSecret,
        methods: eitherSecretMethod,
      },
      machine: { organizationId: application.organizationId, scopes: application.scopes ?? [] },
    };
  }
  return {
    id: application.clientId,
    origin: "dashboard",
    name: application.name,
    redirectUris: application.redirectUris,
    grantTypes: ["authorization_code", "refresh_token"],
    credentials:
      application.clientSecret === undefined
        ? { kind: "public" }
        : { kind: "confidential", secret: application.clientSecret, methods: eitherSecretMethod },
  };
}
