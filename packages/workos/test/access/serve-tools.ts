import type { AuthEvent } from "../../src/index.js";
import {
  startGuarded,
  type GuardedServer,
  type GuardedServerOptions,
} from "../support/guarded-server.js";
import { createHomeIssuer } from "../support/issuer.js";
import { serveTools, type Tool } from "../support/mcp-server.js";

const ADA = "user_01ADA";
export const ACME = "org_01ACME";
export const SECRET = "the secret";

/** WorkOS: Ada is a member of Acme, without any permission. */
export function workos(url: URL): Response {
  if (url.pathname === "/sdk/feature-flags") return Response.json({});
  if (url.pathname.endsWith("/check")) return Response.json({ authorized: false });
  if (url.pathname.endsWith("/roles")) return Response.json({ object: "list", data: [] });
  const member = {
    object: "organization_membership",
    id: "om_01ADA",
    user_id: ADA,
    organization_id: ACME,
    status: "active",
    role: { slug: "member" },
    roles: [{ slug: "member" }],
  };
  return Response.json({ object: "list", data: [member], list_metadata: {} });
}

export interface Sent {
  readonly status: number;
  readonly text: string;
  readonly messages: readonly Record<string, unknown>[];
}

/** Serves tools, and sends each body twice: first with nothing cached, then with all of it. */
export async function startTools(
  tools: Readonly<Record<string, Tool>>,
  isJson: boolean,
  options: GuardedServerOptions = {},
): Promise<{
  readonly faults: () => readonly AuthEvent[];
  readonly send: (body: unknown, signal?: AbortSignal) => Promise<Sent>;
  readonly logLines: readonly string[];
}> {
  const issuer = createHomeIssuer();
  const events: AuthEvent[] = [];
  const { ask, lines } = await startGuarded({
    issuer,
    ...serveTools(tools, isJson),
    fetch: (input, init) => {
      const url = new URL(input instanceof Request ? input.url : String(input));
      return url.host === "api.workos.com"
        ? Promise.resolve(workos(url))
        : issuer.fetch(input, init);
    },
    ...options,
    config: {
      observers: [{ name: "events", onEvent: (event) => void events.push(event) }],
      ...options.config,
    },
  });
  return {
    faults: () => events.filter(({ kind }) => kind === "fault"),
    logLines: lines,
    send: (body, signal) => sendTo(ask, issuer.sign({ claims: { org_id: ACME } }), body, signal),
  };
}

/** Sends a body to tools that {@link serveTools} serves, and reads the messages of the answer, JSON or event stream. */
export async function sendTo(
  ask: GuardedServer["ask"],
  token: string,
  body: unknown,
  signal?: AbortSignal,
): Promise<Sent> {
  const sent = JSON.stringify(body);
  const headers = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    "x-body": sent,
  };
  const response = await ask(token, {
    headers,
    body: sent,
    ...(signal === undefined ? {} : { signal }),
  });
  const text = await response.text();
  const parts = text.includes("data:")
    ? [...text.matchAll(/^data: ?(.*)$/gm)].map(([, data = ""]) => data)
    : [text];
  return {
    status: response.status,
    text,
    messages: parts.flatMap((part) =>
      part === "" ? [] : ([JSON.parse(part)].flat() as Record<string, unknown>[]),
    ),
  };
}

export const call = (name: string, id = 1): object => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name, arguments: {} },
});

export const WITHHELD =
  "The server answered before it had decided whether you may have this answer, so it is withheld. The server's operator finds the cause in its log";

export const soon = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, 20);
  });
