import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { getAccess, getCaller, getClient, getSession, getUser } from "../../src/index.js";
import { workosFetch, type FetchApp } from "../../src/fetch.js";
import { workosNext } from "../../src/next.js";
import { guarded, runAs, type GuardedServer, type Persona } from "../../src/testing.js";
import { GOOD_CONFIG } from "../support/guarded-server.js";
import { LEAD, ORGANIZATION, pathsOf, thrownBy } from "./runs.js";

const AGENT: Persona = { ...LEAD, roles: ["agent"], permissions: ["tickets:read"] };
const MACHINE: Persona = { kind: "application", id: "client_01", permissions: ["notes:read"] };
const KEY: Persona = { kind: "api-key", organizationId: ORGANIZATION, permissions: ["notes:read"] };
const access = {
  tools: { "*": "authenticated", notes: { permissions: ["notes:read"] } },
} as const;
const callers = ["user", "application", "api-key"] as const;

const TOOLS: Readonly<Record<string, () => unknown>> = {
  who: () => getCaller().id,
  notes: () => "secret",
  session: () => {
    const { roles, permissions, organizationId, scopes } = getSession();
    return { roles, permissions, organizationId, scopes };
  },
  rights: async () => {
    const granted = await getAccess({ featureFlags: true });
    return {
      roles: granted.roles,
      permissions: granted.permissions,
      summaries: granted.has({ featureFlags: ["summaries"] }),
      others: granted.has({ featureFlags: ["others"] }),
    };
  },
  profile: async () => (await getUser()).email,
  files: async () => {
    const granted = await getAccess();
    const isOn = async (resourceId: string): Promise<boolean> =>
      (await granted.on("files:read", { resourceId })).isAllowed;
    return [await isOn("file_1"), await isOn("file_2")];
  },
  organization: async () => (await getClient().organizations.getOrganization(ORGANIZATION)).name,
  hush: () =>
    getUser()
      .then(({ email }) => email)
      .catch(() => "hushed"),
};

const mcp = createMcpHandler(() => {
  const server = new McpServer({ name: "tools", version: "1.0.0" });
  for (const [name, tool] of Object.entries(TOOLS)) {
    server.registerTool(name, {}, async () => ({
      content: [{ type: "text", text: JSON.stringify(await tool()) ?? "" }],
    }));
  }
  return server;
});
const serve: FetchApp = (request, context) => mcp.fetch(request, context);

async function connect(server: GuardedServer, as: Persona): Promise<Client> {
  const client = new Client({ name: "test", version: "1.0.0" });
  const fetch = (url: string | URL, init?: RequestInit): Promise<Response> =>
    server.fetch(url, { ...init, as });
  await client.connect(new StreamableHTTPClientTransport(new URL(server.url), { fetch }));
  onTestFinished(() => client.close());
  return client;
}

async function call(server: GuardedServer, as: Persona, name: string): Promise<unknown> {
  const { content } = await (await connect(server, as)).callTool({ name, arguments: {} });
  const [first] = content as { text: string }[];
  try {
    return JSON.parse(first?.text ?? "") as unknown;
  } catch {
    return first?.text;
  }
}

function start(options: Parameters<typeof guarded>[1] = { access, callers }): GuardedServer {
  const server = guarded(serve, options);
  onTestFinished(() => server.close());
  return server;
}

const ping = (headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  headers: {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    ...headers,
  },
  body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" }),
});

describe("guarded() with the official client", () => {
  it.each<[string, Persona, string]>([
    ["a user", LEAD, "user_01GRACE"],
    ["an application", MACHINE, "client_01"],
    ["an API key", KEY, "api_key_EXAMPLE"],
  ])("lets %s in, and its tools know it", async (_, persona, id) => {
    expect(await call(start(), persona, "who")).toBe(id);
  });

  it.each<[string, Persona]>([
    ["an application", MACHINE],
    ["an API key", KEY],
  ])("refuses %s without callers, as the guard does", async (_, persona) => {
    const response = await start({}).fetch("https://mcp.example.com/mcp", {
      ...ping(),
      as: persona,
    });
    expect(response.status).toBe(401);
  });

  it("applies the access map to calls and lists", async () => {
    const server = start();
    expect(await call(server, LEAD, "notes")).toBe("secret");
    expect(await call(server, KEY, "notes")).toBe("secret");
    expect(await call(server, AGENT, "notes")).toMatch(/^You may not use the tool notes/);
    const namesFor = async (persona: Persona): Promise<string[]> =>
      (await (await connect(server, persona)).listTools()).tools.map(({ name }) => name);
    expect(await namesFor(LEAD)).toContain("notes");
    expect(await namesFor(AGENT)).not.toContain("notes");
  });

  it("gives a tool the session and rights that runAs() gives it", async () => {
    const server = start();
    for (const persona of [LEAD, AGENT, { organizationId: ORGANIZATION } as const]) {
      for (const tool of ["session", "rights"]) {
        const direct = await runAs(persona, () => TOOLS[tool]?.());
        expect(await call(server, persona, tool)).toEqual(JSON.parse(JSON.stringify(direct)));
      }
    }
    expect(await call(server, LEAD, "rights")).toEqual({
      roles: ["lead"],
      permissions: ["notes:read"],
      summaries: true,
      others: false,
    });
  });

  it("gives permissions without a role by the role that WorkOS gives by default", async () => {
    const persona: Persona = { organizationId: ORGANIZATION, permissions: ["notes:read"] };
    expect(await call(start(), persona, "rights")).toMatchObject({
      roles: ["member"],
      permissions: ["notes:read"],
    });
  });

  it("answers getUser() and access.on() from the persona", async () => {
    const persona: Persona = {
      ...LEAD,
      user: { email: "grace@acme.test" },
      permissionsOn: [{ resourceId: "file_1", permissions: ["files:read"] }],
    };
    const server = start();
    expect(await call(server, persona, "profile")).toBe("grace@acme.test");
    expect(await call(server, persona, "files")).toEqual([true, false]);
  });

  it("guards each organization's URL with a token for it", async () => {
    const server = start({ organizationInPath: true });
    const url = `${server.url}/o/${ORGANIZATION}`;
    expect((await server.fetch(url, { ...ping(), as: LEAD })).status).toBe(200);
    const other: Persona = { organizationId: "org_02OTHER" };
    expect((await server.fetch(url, { ...ping(), as: other })).status).toBe(401);
  });
});

describe("guarded() on the wire", () => {
  it("challenges a request without a credential, and serves both documents", async () => {
    const server = start();
    const answer = await server.fetch(server.url, ping());
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toContain(
      'resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"',
    );
    const read = async (path: string): Promise<unknown> =>
      (await server.fetch(new URL(path, server.url))).json();
    expect(await read("/.well-known/oauth-protected-resource/mcp")).toMatchObject({
      resource: "https://mcp.example.com/mcp",
      authorization_servers: ["https://persona.authkit.app"],
    });
    expect(await read("/.well-known/oauth-authorization-server")).toMatchObject({
      issuer: "https://persona.authkit.app",
    });
  });

  it.each<[string, Persona]>([
    ["an access token", LEAD],
    ["an application's token", MACHINE],
    ["an API key", KEY],
  ])("token() returns %s that the guard judges", async (_, persona) => {
    const server = start();
    const token = await server.token(persona);
    const send = async (credential: string): Promise<number> =>
      (await server.fetch(server.url, ping({ authorization: `Bearer ${credential}` }))).status;
    expect(await send(token)).toBe(200);
    const middle = Math.floor(token.length / 2);
    const changed = token[middle] === "A" ? "B" : "A";
    expect(await send(token.slice(0, middle) + changed + token.slice(middle + 1))).toBe(401);
  });

  it("refuses an expired token, one for another server, and one of another guarded server", async () => {
    const server = start();
    const now = Math.floor(Date.now() / 1000);
    for (const [claims, reason] of [
      [{ iat: now - 600, exp: now - 300 }, "token_expired"],
      [{ aud: "https://other.example.com/mcp" }, "wrong_audience"],
      [{ iss: "https://other.authkit.app" }, "wrong_issuer"],
    ] as const) {
      const response = await server.fetch(server.url, { ...ping(), as: { ...LEAD, claims } });
      expect([response.status, await response.json()]).toEqual([
        401,
        expect.objectContaining({ reason }),
      ]);
    }
    const token = await start({ baseURL: "https://other.example.com" }).token(LEAD);
    const headers = { authorization: `Bearer ${token}` };
    expect((await server.fetch(server.url, ping(headers))).status).toBe(401);
  });

  it("takes a Request, and puts the persona in the place of another credential", async () => {
    const server = start();
    const request = new Request(server.url, ping({ authorization: "Bearer wrong" }));
    expect((await server.fetch(request, { as: LEAD })).status).toBe(200);
  });

  it("shows the handler no token, and the body that was judged", async () => {
    const seen: unknown[] = [];
    const server = guarded((request, { authInfo, parsedBody }) => {
      seen.push(request.headers.get("authorization"), parsedBody, authInfo?.clientId);
      return new Response(null, { status: 202 });
    });
    const persona: Persona = { claims: { client_id: "client_01MCP" } };
    expect((await server.fetch(server.url, { ...ping(), as: persona })).status).toBe(202);
    expect(seen).toEqual([
      "[access token withheld by @xmcp-dev/workos]",
      { jsonrpc: "2.0", id: 1, method: "ping" },
      "client_01MCP",
    ]);
  });

  it("asks no network", async () => {
    const fetch = vi.spyOn(globalThis, "fetch").mockRejectedValue(new Error("the network"));
    onTestFinished(() => fetch.mockRestore());
    const server = start({ access, callers, revocation: { consentCheckSeconds: 60 } });
    expect(await call(server, LEAD, "notes")).toBe("secret");
    expect(fetch).not.toHaveBeenCalled();
  });
});

describe("guarded() with what protect() returned", () => {
  const config = { ...GOOD_CONFIG, baseURL: "https://desk.example.com", log: false } as const;

  it.each<[string, FetchApp]>([
    ["workosFetch()", workosFetch({ ...config, access }, { env: {} }).protect(serve)],
    ["workosNext()", workosNext({ ...config, access }, { env: {} }).protect(serve).POST],
  ])("guards it by its own configuration: %s", async (_, app) => {
    const server = guarded(app);
    onTestFinished(() => server.close());
    expect(server.url).toBe("https://desk.example.com/mcp");
    expect(await call(server, LEAD, "notes")).toBe("secret");
    expect(await call(server, AGENT, "notes")).toMatch(/^You may not use the tool notes/);
  });

  it("lays options over it", async () => {
    const app = workosFetch({ ...config, access }, { env: {} }).protect(serve);
    const server = guarded(app, { access: { tools: { notes: "authenticated" } } });
    onTestFinished(() => server.close());
    expect(await call(server, AGENT, "notes")).toBe("secret");
  });
});

describe("guarded() refuses", () => {
  it("options and a server that cannot be, with every problem", async () => {
    const options = { apiKey: "sk_x", endpoint: "mcp", callers: ["robot"], acess: {} };
    const error = await thrownBy(() => guarded({} as never, options as never));
    expect(pathsOf(error)).toEqual([
      "invalid_configuration",
      ["server", "apiKey", "acess", "endpoint", "callers"],
    ]);
    expect(pathsOf(await thrownBy(() => guarded(serve, null as never)))).toEqual([
      "invalid_configuration",
      ["options"],
    ]);
  });

  it.each<[unknown, string[]]>([
    [{ rolse: [], kind: "agent", scopes: 1 }, ["persona.rolse", "persona.kind", "persona.scopes"]],
    [{ roles: ["lead"] }, ["persona.organizationId"]],
    [{ workos: {}, claims: { big: 1n } }, ["persona.workos", "persona.claims"]],
    [null, ["persona"]],
  ])("the persona %#", async (persona, paths) => {
    const server = start();
    const refused = ["invalid_configuration", paths];
    const as = persona as Persona;
    expect(pathsOf(await thrownBy(() => server.fetch(server.url, { as })))).toEqual(refused);
    expect(pathsOf(await thrownBy(() => server.token(as)))).toEqual(refused);
  });

  it.each([
    ["profile", "persona.user"],
    ["hush", "persona.user"],
    ["files", "persona.permissionsOn"],
    ["organization", "persona.workos"],
  ])("a question that the persona cannot answer, even a caught one: %s", async (tool, path) => {
    const server = start();
    const body = JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: tool, arguments: {} },
    });
    const send = async (): Promise<string> =>
      (await server.fetch(server.url, { ...ping(), body, as: LEAD })).text();
    expect(pathsOf(await thrownBy(send))).toEqual(["invalid_configuration", [path]]);
  });

  it("production", async () => {
    vi.stubEnv("NODE_ENV", "production");
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(pathsOf(await thrownBy(() => guarded(serve)))).toEqual([
      "invalid_configuration",
      ["NODE_ENV"],
    ]);
  });
});
