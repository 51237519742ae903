/** The issuer process: metadata and keys for every tenant, each on a port of its own. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { answerParent, type Behaviour, type IssuerRequest } from "./messages.ts";

interface Tenant {
  behaviour: Behaviour;
  fetches: number;
  server: Server;
}

const tenants = new Map<number, Tenant>();

answerParent(async (request: IssuerRequest) => {
  if (request.kind === "open") return open(request.behaviour);
  const tenant = tenants.get(request.port);
  if (tenant === undefined) throw new Error(`no tenant on port ${request.port}`);
  if (request.kind === "fetches") {
    const { fetches } = tenant;
    tenant.fetches = 0;
    return fetches;
  }
  await behave(tenant, request.port, request.behaviour);
  return undefined;
});

process.send?.("ready");

async function open(behaviour: Behaviour): Promise<number> {
  const tenant: Tenant = { behaviour, fetches: 0, server: createServer() };
  const port = await listen(tenant, 0);
  tenants.set(port, tenant);
  if (behaviour.mode === "down") await close(tenant);
  return port;
}

async function behave(tenant: Tenant, port: number, behaviour: Behaviour): Promise<void> {
  const before = tenant.behaviour.mode;
  tenant.behaviour = behaviour;
  if (behaviour.mode === before) return;
  if (behaviour.mode === "down") await close(tenant);
  else if (before === "down") await listen(tenant, port);
}

function listen(tenant: Tenant, port: number): Promise<number> {
  tenant.server = createServer((request, response) => {
    void answer(tenant, request, response);
  });
  return new Promise((resolve, reject) => {
    tenant.server.once("error", reject);
    tenant.server.listen(port, "127.0.0.1", () => {
      resolve((tenant.server.address() as AddressInfo).port);
    });
  });
}

function close({ server }: Tenant): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}

async function answer(
  tenant: Tenant,
  { url, headers }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (url === "/oauth2/jwks") tenant.fetches += 1;
  if (tenant.behaviour.mode === "hanging") return;
  if (tenant.behaviour.latency > 0) await wait(tenant.behaviour.latency);
  const body =
    url === "/oauth2/jwks" ? { keys: tenant.behaviour.keys } : metadata(`http://${headers.host}`);
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify(body));
}

/** Serves as RFC 8414 metadata and, for those who only know that, as an OpenID provider's. */
function metadata(issuer: string): Readonly<Record<string, unknown>> {
  return {
    issuer,
    authorization_endpoint: `${issuer}/oauth2/authorize`,
    token_endpoint: `${issuer}/oauth2/token`,
    registration_endpoint: `${issuer}/oauth2/register`,
    jwks_uri: `${issuer}/oauth2/jwks`,
    response_types_supported: ["code"],
    grant_types_supported: ["authorization_code", "refresh_token"],
    code_challenge_methods_supported: ["S256"],
    token_endpoint_auth_methods_supported: ["none"],
    scopes_supported: ["openid", "profile", "email", "offline_access"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
  };
}
