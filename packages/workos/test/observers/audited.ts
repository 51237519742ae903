import type { WorkOSProviderConfig } from "../../src/index.js";
import { auditLogs, type AuditLogOptions, type AuditLogs } from "../../src/audit-logs.js";
import {
  startGuarded,
  type GuardedServer,
  type GuardedServerOptions,
} from "../support/guarded-server.js";
import { createHomeIssuer } from "../support/issuer.js";

const API_KEY = {
  object: "api_key",
  id: "api_key_01KEY",
  owner: { type: "organization", id: "org_01ACME" },
  name: "Nightly export",
  obfuscated_value: "sk_…1234",
  permissions: [],
  last_used_at: null,
  created_at: "2026-01-01T00:00:00.000Z",
  updated_at: "2026-01-01T00:00:00.000Z",
};

export interface Received {
  readonly key: string | null;
  readonly organizationId: string;
  readonly event: { readonly action: string; readonly metadata: Record<string, string> };
}

export interface Audited extends GuardedServer {
  readonly audit: AuditLogs;
  readonly received: Received[];
  /** The idempotency key of every attempt. */
  readonly keys: (string | null)[];
  /** What the audit log API answers. */
  answer: () => Response;
  readonly call: (body: object, claims?: object) => Promise<Response>;
}

/** A server whose audit log is written, beside an audit log API that answers as it is told. */
export async function startAudited(
  options: AuditLogOptions = {},
  config: WorkOSProviderConfig = {},
  handler?: GuardedServerOptions["handler"],
): Promise<Audited> {
  const audit = auditLogs({ maxPerSecond: Infinity, ...options });
  const issuer = createHomeIssuer();
  const received: Received[] = [];
  const keys: (string | null)[] = [];
  const api: Pick<Audited, "answer"> = {
    answer: () => Response.json({ success: true }, { status: 201 }),
  };
  let body: unknown;
  const server = await startGuarded({
    issuer,
    ...(handler === undefined ? {} : { handler }),
    before: (request) => void Object.assign(request, { body }),
    fetch: async (input, init) => {
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      if (pathname === "/api_keys/validations") return Response.json({ api_key: API_KEY });
      if (pathname !== "/audit_logs/events") return issuer.fetch(input, init);
      const sent = JSON.parse(init?.body as string) as { organization_id: string; event: never };
      const answer = api.answer();
      const key = new Headers(init?.headers).get("idempotency-key");
      keys.push(key);
      if (answer.ok)
        received.push({ key, organizationId: sent.organization_id, event: sent.event });
      return answer;
    },
    config: { observers: [audit], ...config },
  });
  // Set by tests on the very object that the API asks.
  return Object.assign(api, {
    ...server,
    audit,
    received,
    keys,
    call: (sent: object, claims: object = {}) => {
      body = sent;
      return server.ask(issuer.sign({ claims: { org_id: "org_01ACME", ...claims } }), {
        headers: { "mcp-protocol-version": "2025-11-25", "user-agent": "Claude/1" },
      });
    },
  });
}

/** A call of a tool. */
export const call = (name: string, args: object = {}): object => ({
  jsonrpc: "2.0",
  id: 7,
  method: "tools/call",
  params: { name, arguments: args },
});
