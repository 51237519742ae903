import type { Client } from "./client.js";

// Registration is open to anybody, so what it stores is bounded; the oldest registration makes room.
const registrationLimit = 1_000;

/** The clients that registered themselves (RFC 7591). */
export interface RegisteredClients {
  find(clientId: string): Client | undefined;
  add(client: Client): void;
}

export function createRegisteredClients(limit: number = registrationLimit): RegisteredClients {
  const clients = new Map<string, Client>();
  return {
    find: (clientId) => clients.get(clientId),
    add(client) {
      const [oldest] = clients.keys();
      if (clients.size >= limit && oldest !== undefined) clients.delete(oldest);
      clients.set(client.id, client);
    },
  };
}
