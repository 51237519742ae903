import { describe, expect, it } from "vitest";
import {
  getAccess,
  getSession,
  type AuthEvent,
  type WorkOSProviderConfig,
} from "../../src/index.js";
import { workosFetch } from "../../src/fetch.js";
import { workos } from "../access/serve-tools.js";
import { GOOD_CONFIG, startGuarded } from "../support/guarded-server.js";
import { createHomeIssuer, NOW, type TestIssuer } from "../support/issuer.js";

/** A server behind one host, and what is behind the guard: what it is sent, and what it answers. */
interface Served {
  readonly issuer: TestIssuer;
  readonly events: AuthEvent[];
  readonly ask: (token: string | undefined, init?: RequestInit) => Promise<Response>;
  readonly closeStreams: () => void;
}
type App = (headers: Headers) => Response | Promise<Response>;
type Serve = (app: App, config?: WorkOSProviderConfig) => Promise<Served>;

const fetchOf =
  (issuer: TestIssuer): typeof globalThis.fetch =>
  (input, init) => {
    const url = new URL(input instanceof Request ? input.url : String(input));
    return url.host === "api.workos.com" ? Promise.resolve(workos(url)) : issuer.fetch(input, init);
  };

const serveNode: Serve = async (app, config) => {
  const events: AuthEvent[] = [];
  const issuer = createHomeIssuer();
  const { ask, middleware } = await startGuarded({
    issuer,
    fetch: fetchOf(issuer),
    config: { observers: [{ name: "events", onEvent: (one) => void events.push(one) }], ...config },
    before: (request) => {
      Object.assign(request, { body: JSON.parse(String(request.headers["x-body"] ?? "null")) });
    },
    handler: (request, response) => {
      const answer = async (): Promise<void> => {
        const fields = Object.entries(request.headers).map(([name, value]) => [
          name,
          String(value),
        ]);
        const { status, headers, body } = await app(new Headers(fields as [string, string][]));
        response.writeHead(status, Object.fromEntries(headers));
        if (body !== null) for await (const bytes of body) response.write(bytes);
        response.end();
      };
      void answer();
    },
  });
  return { issuer, events, ask, closeStreams: () => void middleware.close() };
};

const serveWeb: Serve = async (app, config) => {
  const events: AuthEvent[] = [];
  const issuer = createHomeIssuer();
  const guard = workosFetch(
    {
      ...GOOD_CONFIG,
      log: false,
      observers: [{ name: "events", onEvent: (one) => void events.push(one) }],
      ...config,
    },
    { env: {}, fetch: fetchOf(issuer), now: () => NOW },
  );
  const serve = guard.protect((given) => app(given.headers));
  return {
    issuer,
    events,
    closeStreams: () => void guard.close(),
    ask: async (token, init) => {
      const headers = new Headers(init?.headers);
      if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
      return serve(new Request("http://127.0.0.1/mcp", { method: "POST", ...init, headers }));
    },
  };
};

/** Node's server here parses no body, as xmcp's does: it takes it from a header field. */
const call = (method: string, params: object = {}): RequestInit => {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  return { headers: { "content-type": "application/json", "x-body": body }, body };
};
const inAcme = { claims: { org_id: "org_01ACME" } };
const list = { jsonrpc: "2.0", id: 1, result: { tools: [{ name: "read" }, { name: "purge" }] } };
const shown = '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"read"}]';
const access = { tools: { read: "authenticated", purge: { permissions: ["purge"] } } } as const;
const stream = (text: string): Response =>
  new Response(text, { headers: { "content-type": "text/event-stream" } });

describe.each([
  ["Node", serveNode],
  ["Fetch", serveWeb],
] as const)("through a host of %s, an exchange", (_name, serve) => {
  it("refuses a request without a token before anything behind it runs", async () => {
    let count = 0;
    const { ask, events } = await serve(() => new Response(`${(count += 1)}`));
    const response = await ask(undefined, call("tools/list"));
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toContain(
      'resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"',
    );
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(count).toBe(0);
    expect(events.filter(({ kind }) => kind === "refused")).toMatchObject([{ status: 401 }]);
  });

  it("lends what is behind it a session until the answer has ended, and no token", async () => {
    let late: (() => string) | undefined;
    const { ask, issuer, events } = await serve((headers) => {
      late = () => getSession().userId;
      return Response.json({ user: late(), authorization: headers.get("authorization") });
    });
    const token = issuer.sign();
    const response = await ask(token, call("tools/call", { name: "read" }));
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ user: "user_01ADA" });
    expect(text).not.toContain(token);
    expect(text).toContain("withheld");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(late).toThrow("outside");
    expect(events.map(({ kind }) => kind).filter((kind) => kind !== "started")).toEqual([
      "admitted",
      "answered",
    ]);
    expect(events.at(-1)).toMatchObject({ status: 200, isComplete: true });
  });

  it.each([
    ["JSON", () => Response.json(list)],
    ["an event stream", () => stream(`data: ${JSON.stringify(list)}\n\n`)],
  ])("shows in a list, as %s, what the caller may use", async (_form, app) => {
    const { ask, issuer } = await serve(app, { access });
    const text = await (await ask(issuer.sign(), call("tools/list"))).text();
    expect(text).toContain(shown);
    expect(text).not.toContain("purge");
  });

  it("answers a list that is no JSON with 500", async () => {
    const broken = new Response("{no json", { headers: { "content-type": "application/json" } });
    const { ask, issuer } = await serve(() => broken, { access });
    const response = await ask(issuer.sign(), call("tools/list"));
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ reason: "list_unreadable" });
  });

  it("withholds the answer of code that has not awaited what it asked", async () => {
    const { ask, issuer, events } = await serve(() => {
      void getAccess().then((given) => {
        given.require({ permissions: ["purge"] });
      });
      return Response.json({ jsonrpc: "2.0", id: 1, result: { secret: "the secret" } });
    });
    const response = await ask(issuer.sign(inAcme), call("tools/call", { name: "purge" }));
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({ reason: "answer_withheld" });
    expect(text).not.toContain("the secret");
    expect(events.filter(({ kind }) => kind === "fault")).toHaveLength(1);
  });

  it("denies by the access map, and what is behind it does not run", async () => {
    let count = 0;
    const { ask, issuer, events } = await serve(() => new Response(`${(count += 1)}`), { access });
    const response = await ask(issuer.sign(inAcme), call("tools/call", { name: "purge" }));
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("purge");
    expect(count).toBe(0);
    expect(events.filter(({ kind }) => kind === "denied")).toHaveLength(1);
  });

  it("ends open streams when the server closes", async () => {
    const { ask, issuer, closeStreams } = await serve(() => {
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(": open\n\n"));
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    });
    const response = await ask(issuer.sign(), { method: "GET" });
    closeStreams();
    expect(await response.text()).toBe(": open\n\n");
  });
});
