import type { Client } from "./client.js";

// Registration is open to every caller, so what it stores is bounded; the oldest registration makes room.
const registrationLimit = 1_000;

/** The clients that registered themselves (RFC 7591). */
export interface RegisteredClients {
  find(clientId: string): Client | undefined;
  add(client: Client): void;
  /** Moves a client to those that a person has allowed, which further registrations do not push out. */
  keep(clientId: string): void;
}

/** Creates the store; `limit` holds for the clients that a person has allowed and for the others, each. */
export function createRegisteredClients(limit: number = registrationLimit): RegisteredClients {
  const untried = new Map<string, Client>();
  const allowed = new Map<string, Client>();
  return {
    find: (clientId) => allowed.get(clientId) ?? untried.get(clientId),
    add: (client) => insert(untried, client, limit),
    keep(clientId) {
      const client = allowed.get(clientId) ?? untried.get(clientId);
      if (client === undefined) return;
      untried.delete(clientId);
      insert(allowed, client, limit);
    },
  };
}

function insert(clients: Map<string, Client>, client: Client, limit: number): void {
  clients.delete(client.id);
  const [oldest] = clients.keys();
  if (clients.size >= limit && oldest !== undefined) clients.delete(oldest);
  clients.set(client.id, client);
}
