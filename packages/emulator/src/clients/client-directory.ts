import type { Features } from "../seed/seed.js";
import type { Client } from "./client.js";
import { looksLikeUrl } from "./metadata-document-url.js";
import type { MetadataDocuments } from "./metadata-documents.js";
import type { RegisteredClients } from "./registered-clients.js";

export type ClientLookup =
  | { readonly ok: true; readonly client: Client }
  | { readonly ok: false; readonly message: string };

/** Finds a client by its ID, wherever the client is described. */
export type ClientDirectory = (clientId: string) => Promise<ClientLookup>;

/** Looks in the dashboard's applications, then among registered clients, then, for a URL, fetches the document. */
export function createClientDirectory(sources: {
  readonly dashboard: ReadonlyMap<string, Client>;
  readonly registered: RegisteredClients;
  readonly documents: MetadataDocuments;
  readonly features: Features;
}): ClientDirectory {
  return async (clientId) => {
    const known = sources.dashboard.get(clientId) ?? sources.registered.find(clientId);
    if (known !== undefined) return { ok: true, client: known };
    if (!looksLikeUrl(clientId)) return { ok: false, message: UNKNOWN_CLIENT };
    if (sources.features.clientIdMetadataDocuments) return sources.documents.find(clientId);
    return {
      ok: false,
      message: "Client ID metadata documents are switched off, so a URL cannot be a client_id.",
    };
  };
}

const UNKNOWN_CLIENT =
  "No client has this client_id. The emulator forgets clients when it restarts: remove the MCP server in your client and add it again.";
