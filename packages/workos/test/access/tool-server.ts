import type { IncomingMessage, ServerResponse } from "node:http";
import type { WorkOSProviderConfig } from "../../src/index.js";
import { startGuarded, type GuardedServer } from "../support/guarded-server.js";
import { createHomeIssuer, SECONDS } from "../support/issuer.js";

export const ADA = "user_01ADA";
export const ACME = "org_01ACME";
export const GLOBEX = "org_01GLOBEX";

/** WorkOS as these tests need it: who is a member of what, and what the roles permit. */
export interface FakeWorkOS {
  /** Role slugs by "user organization". */
  memberships: Record<string, { status?: string; roles: string[] }>;
  /** Permissions by role. */
  roles: Record<string, string[]>;
  /** Flags that are on, and for whom; none named: for everyone. */
  flags: Record<string, string[]>;
  /** Other than 200: every question fails so. */
  status: number;
  retryAfter: number | undefined;
  /** Paths that were asked for, with the query's user and organization. */
  readonly asked: string[];
}

/** A guarded server with a small MCP dispatcher behind it, which notes what it ran. */
export interface ToolServer extends GuardedServer {
  readonly workos: FakeWorkOS;
  /** What was dispatched, as "method name". */
  readonly ran: string[];
  /** Sends one message, or a batch, and gives status, headers and parsed body. */
  readonly send: (
    token: string | undefined,
    body: unknown,
    init?: RequestInit & { readonly path?: string },
  ) => Promise<Reply>;
  /** A good token for Ada at Acme, unless the claims say otherwise. */
  readonly token: (claims?: Readonly<Record<string, unknown>>) => string;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: never;
}

type Json = Record<string, unknown>;

/** What the dispatcher has to list. */
const REGISTERED = {
  tools: ["open", "report_read", "report_write", "secret"],
  prompts: ["greet", "audit"],
  resources: ["docs://open", "docs://secret", "ui://app/secret.html", "ui://app/open.html"],
  resourceTemplates: ["docs://{id}", "vault://{id}"],
};

export function workosFake(): FakeWorkOS {
  return {
    memberships: { [`${ADA} ${ACME}`]: { roles: ["member"] } },
    roles: { member: ["reports:read"], admin: ["reports:read", "reports:write"] },
    flags: { other: ["user_01OTHER"] },
    status: 200,
    retryAfter: undefined,
    asked: [],
  };
}

function answer(workos: FakeWorkOS, url: URL): Response {
  const { searchParams, pathname } = url;
  const userId = searchParams.get("user_id");
  const organizationId = searchParams.get("organization_id");
  workos.asked.push([pathname, userId, organizationId].filter(Boolean).join(" "));
  if (workos.status !== 200) {
    const headers =
      workos.retryAfter === undefined ? {} : { "retry-after": String(workos.retryAfter) };
    return Response.json(
      { message: "no", ...(workos.status === 404 ? { code: "entity_not_found" } : {}) },
      { status: workos.status, headers },
    );
  }
  if (pathname === "/sdk/feature-flags") {
    const entries = Object.entries(workos.flags).map(([slug, on]) => [
      slug,
      {
        slug,
        enabled: true,
        default_value: on.length === 0,
        targets: {
          users: on.filter((id) => id.startsWith("user_")).map((id) => ({ id, enabled: true })),
          organizations: on
            .filter((id) => id.startsWith("org_"))
            .map((id) => ({ id, enabled: true })),
        },
      },
    ]);
    return Response.json(Object.fromEntries(entries));
  }
  if (pathname.endsWith("/roles")) {
    const data = Object.entries(workos.roles).map(([slug, permissions]) => ({
      object: "role",
      slug,
      permissions,
    }));
    return Response.json({ object: "list", data });
  }
  if (pathname === "/api_keys/validations") return Response.json({ api_key: null });
  if (pathname.endsWith("/check")) return Response.json({ authorized: pathname.includes("om_01") });
  const data = Object.entries(workos.memberships)
    .map(([key, { status = "active", roles }]) => {
      const [user, organization] = key.split(" ");
      return {
        object: "organization_membership",
        id: "om_01MEMBER",
        user_id: user,
        organization_id: organization,
        organization_name: "x",
        status,
        role: roles[0] === undefined ? null : { slug: roles[0] },
        roles: roles.map((slug) => ({ slug })),
      };
    })
    .filter(
      (one) =>
        one.user_id === userId &&
        (organizationId === null || one.organization_id === organizationId) &&
        one.status === "active",
    );
  return Response.json({ object: "list", data, list_metadata: {} });
}

/** Starts one for the test that runs. */
export async function startToolServer(
  config: WorkOSProviderConfig,
  options: {
    readonly workos?: FakeWorkOS;
    readonly tool?: (name: string) => Promise<unknown>;
    readonly parses?: boolean;
  } = {},
): Promise<ToolServer> {
  const { workos = workosFake(), tool = () => Promise.resolve("done"), parses = true } = options;
  const issuer = createHomeIssuer();
  const ran: string[] = [];
  const bodies = new Map<string, unknown>();
  let serial = 0;
  const server = await startGuarded({
    issuer,
    config,
    fetch: (input, init) => {
      const url = new URL(input instanceof Request ? input.url : String(input));
      return url.host === "api.workos.com"
        ? Promise.resolve(answer(workos, url))
        : issuer.fetch(input, init);
    },
    before: (request) => {
      const body = bodies.get(String(request.headers["x-serial"]));
      if (parses) Object.assign(request, { body });
    },
    handler: (request, response) => {
      void dispatch(request, response, ran, tool);
    },
  });
  return {
    ...server,
    workos,
    ran,
    token: (claims = {}) => issuer.sign({ claims: { org_id: ACME, ...claims } }),
    send: async (token, body, init = {}) => {
      serial += 1;
      const text = typeof body === "string" ? body : JSON.stringify(body);
      bodies.set(String(serial), body === undefined ? undefined : (JSON.parse(text) as unknown));
      const headers = new Headers(init.headers);
      headers.set("x-serial", String(serial));
      headers.set("content-type", "application/json");
      const method = init.method ?? "POST";
      const response = await server.ask(token, {
        ...init,
        headers,
        ...(body === undefined || method === "GET" ? {} : { body: text }),
      });
      const answered = await response.text();
      let json: unknown;
      try {
        json = JSON.parse(answered);
      } catch {
        json = undefined;
      }
      return {
        status: response.status,
        headers: response.headers,
        text: answered,
        json: json as never,
      };
    },
  };
}

async function dispatch(
  request: IncomingMessage & { body?: unknown },
  response: ServerResponse,
  ran: string[],
  tool: (name: string) => Promise<unknown>,
): Promise<void> {
  const { body } = request;
  const run = async (message: Json): Promise<Json> => {
    const { id, method } = message;
    const params = (message["params"] ?? {}) as Json;
    const of = (key: "tools" | "prompts" | "resources" | "resourceTemplates", name: string) => ({
      [key]: REGISTERED[key].map((one) => ({ [name]: one })),
      nextCursor: "more",
    });
    switch (method) {
      case "tools/list":
        return { jsonrpc: "2.0", id, result: of("tools", "name") };
      case "prompts/list":
        return { jsonrpc: "2.0", id, result: of("prompts", "name") };
      case "resources/list":
        return { jsonrpc: "2.0", id, result: of("resources", "uri") };
      case "resources/templates/list":
        return { jsonrpc: "2.0", id, result: of("resourceTemplates", "uriTemplate") };
      default: {
        const name = [params["name"], params["uri"]].find((one) => typeof one === "string") ?? "";
        ran.push(`${String(method)} ${name}`.trim());
        if (method !== "tools/call") {
          return { jsonrpc: "2.0", id, result: { content: [{ type: "text", text: "done" }] } };
        }
        try {
          const text = await tool(name);
          return { jsonrpc: "2.0", id, result: { content: [{ type: "text", text }] } };
        } catch (error) {
          const content = [{ type: "text", text: (error as Error).message }];
          return { jsonrpc: "2.0", id, result: { content, isError: true } };
        }
      }
    }
  };
  const answered = Array.isArray(body)
    ? await Promise.all(body.map((one) => run(one as Json)))
    : await run((body ?? {}) as Json);
  const text = JSON.stringify(answered);
  response.writeHead(200, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(text),
  });
  response.end(text);
}

export const call = (name: string, args: object = {}, id: string | number = 1): Json => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name, arguments: args },
});

export const request = (method: string, params: object = {}, id: string | number = 1): Json => ({
  jsonrpc: "2.0",
  id,
  method,
  params,
});

/** A later token of the same person and client, as signing in again brings. */
export const LATER: Readonly<Record<string, unknown>> = { iat: SECONDS - 1, jti: "jti_later" };
