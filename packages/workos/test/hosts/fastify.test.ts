import { createHmac } from "node:crypto";
import { once } from "node:events";
import { IncomingMessage, ServerResponse } from "node:http";
import { connect } from "node:http2";
import { Socket } from "node:net";
import fastify, { type FastifyInstance, type FastifyServerOptions } from "fastify";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { workosFastify, type FastifyGuard } from "../../src/fastify.js";
import { getSession, type WorkOSProviderConfig } from "../../src/index.js";
import { NOW } from "../support/issuer.js";
import { guardInputs, post, type GuardInputs } from "./serve-guard.js";

const call = (name: string): object => ({
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name, arguments: {} },
});
const access = { tools: { read: "authenticated", purge: "denied" } } as const;

interface Served extends GuardInputs {
  readonly app: FastifyInstance;
  readonly guard: FastifyGuard;
  readonly origin: string;
  readonly token: string;
  /** How often a route ran. */
  readonly reached: { count: number };
  readonly ask: (init: RequestInit, path?: string) => Promise<Response>;
}

/** An app whose routes are in a plugin, registered behind the guard's unless told otherwise. */
async function serve({
  config = {},
  options = {},
  register = (app, guard, routes) => void app.register(guard.plugin).register(routes),
}: {
  config?: WorkOSProviderConfig;
  options?: FastifyServerOptions;
  register?: (
    app: FastifyInstance,
    guard: FastifyGuard,
    routes: (scope: FastifyInstance) => Promise<void>,
  ) => void;
} = {}): Promise<Served> {
  const inputs = guardInputs(config);
  const guard = workosFastify(inputs.config, inputs.overrides);
  const reached = { count: 0 };
  const app = fastify(options);
  register(app, guard, async (scope) => {
    // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Fastify awaits it
    scope.all("/mcp", async (request) => {
      reached.count += 1;
      const { body, headers, raw } = request;
      await new Promise((resolve) => setImmediate(resolve));
      const { auth } = raw as { auth?: { clientId: string } };
      const { authorization } = headers;
      return { body, user: getSession().userId, client: auth?.clientId, authorization };
    });
    scope.get("/health", async () => "well");
  });
  const origin = await app.listen({ port: 0, host: "127.0.0.1" });
  onTestFinished(async () => {
    await app.close();
  });
  const token = inputs.issuer.sign({ claims: { org_id: "org_01ACME" } });
  return {
    ...inputs,
    app,
    guard,
    origin,
    token,
    reached,
    ask: (init, path = "/mcp") => fetch(origin + path, init),
  };
}

describe("the guard's plugin on Fastify", () => {
  it("refuses a call without a token, and serves the metadata that the refusal names", async () => {
    const { ask, reached } = await serve();
    const refused = await ask(post(undefined, call("read")));
    expect(refused.status).toBe(401);
    expect(refused.headers.get("www-authenticate")).toContain(
      'resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"',
    );
    const metadata = await ask({}, "/.well-known/oauth-protected-resource/mcp");
    expect(await metadata.json()).toMatchObject({ resource: "https://mcp.example.com/mcp" });
    expect(reached.count).toBe(0);
  });

  it("refuses unknown paths, and answers preflights to them", async () => {
    const { ask } = await serve();
    expect((await ask({}, "/nowhere")).status).toBe(401);
    const headers = {
      origin: "https://app.example.com",
      "access-control-request-method": "POST",
    };
    expect((await ask({ method: "OPTIONS", headers }, "/nowhere")).status).toBe(204);
  });

  it.each([
    ["a route of a plugin behind it", undefined],
    [
      "a route of a plugin that was registered before it",
      (
        app: FastifyInstance,
        guard: FastifyGuard,
        routes: (scope: FastifyInstance) => Promise<void>,
      ) => void app.register(routes).register(guard.plugin),
    ],
    [
      "a route of the root that was declared before",
      (app: FastifyInstance, guard: FastifyGuard) => {
        app.all("/mcp", async ({ body }) => ({ body, user: getSession().userId }));
        void app.register(guard.plugin);
      },
    ],
  ])("guards %s, which runs as the caller with the body that was judged", async (_, register) => {
    const { ask, token } = await serve({ config: { access }, ...(register && { register }) });
    expect((await ask(post(undefined, call("read")))).status).toBe(401);
    const text = await (await ask(post(token, call("read")))).text();
    expect(JSON.parse(text)).toMatchObject({ body: call("read"), user: "user_01ADA" });
    expect(text).not.toContain(token);
    expect(await (await ask(post(token, call("purge")))).text()).not.toContain("user_01ADA");
  });

  it("withholds the token, and hands on the caller as the MCP SDK's authInfo", async () => {
    const { ask, token } = await serve();
    const shown = (await (await ask(post(token, call("read")))).json()) as Record<string, string>;
    expect(shown["client"]).toBe("https://client.example.com/metadata.json");
    expect(shown["authorization"]).toContain("withheld");
  });

  it("has Fastify parse what was judged when a name is there twice", async () => {
    const { ask, token } = await serve({ config: { access } });
    const twice =
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"purge","name":"read"}}';
    const shown = (await (await ask(post(token, twice))).json()) as { body: object };
    expect(shown.body).toMatchObject({ params: { name: "read" } });
  });

  it.each([
    ["broken JSON", '{"jsonrpc":', {}, 400],
    ["an encoded body", "{}", { "content-encoding": "gzip" }, 415],
    ["more than 10 MiB", JSON.stringify("x".repeat(10 * 1024 * 1024)), {}, 413],
    ["text, by the access map", "{}", { "content-type": "text/plain" }, 400],
  ])("refuses %s", async (_what, body, headers, status) => {
    const { ask, token, reached } = await serve({ config: { access } });
    const response = await ask(post(token, body, headers));
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ reason: "body_unreadable" });
    expect(reached.count).toBe(0);
  });

  it("leaves text to Fastify's parser without an access map, in the caller's session", async () => {
    const { ask, token } = await serve();
    const response = await ask(post(token, "plain", { "content-type": "text/plain" }));
    expect(await response.json()).toMatchObject({ body: "plain", user: "user_01ADA" });
  });

  it("leaves Fastify its own limit", async () => {
    const { ask, token } = await serve({ options: { bodyLimit: 1024 } });
    const body = { ...call("read"), padding: "x".repeat(2048) };
    expect((await ask(post(token, body))).status).toBe(413);
  });

  it("passes a public path", async () => {
    const { ask } = await serve({ config: { publicPaths: ["/health"] } });
    expect(await (await ask({}, "/health")).text()).toBe("well");
  });

  it("takes a webhook by the signature over its text", async () => {
    const secret = "whsec_0123456789";
    const path = "/webhooks/workos";
    const { ask } = await serve({ config: { revocation: { webhook: { secret, path } } } });
    // Spaces that a JSON parser drops.
    const text = '{ "id": "event_01",  "event": "user.deleted", "data": { "id": "user_01ADA" } }';
    const sign = (key: string): string =>
      `t=${NOW}, v1=${createHmac("sha256", key).update(`${NOW}.${text}`).digest("hex")}`;
    const deliver = (key: string): Promise<Response> =>
      ask(post(undefined, text, { "workos-signature": sign(key) }), path);
    expect((await deliver("whsec_other")).status).toBe(400);
    expect(await (await deliver(secret)).json()).toEqual({ received: true });
  });

  it("guards HTTP/2", async () => {
    const { origin, token } = await serve({
      config: { access },
      options: { http2: true } as FastifyServerOptions,
    });
    const session = connect(origin);
    onTestFinished(() => {
      session.close();
    });
    const send = async (name: string, headers: object): Promise<string> => {
      const stream = session.request({
        ":method": "POST",
        ":path": "/mcp",
        "content-type": "application/json",
        ...headers,
      });
      stream.end(JSON.stringify(call(name)));
      const [head] = (await once(stream, "response")) as [{ ":status"?: number }];
      let text = String(head[":status"]);
      for await (const chunk of stream) text += String(chunk);
      return text;
    };
    const authorization = `Bearer ${token}`;
    expect(await send("read", {})).toMatch(/^401/);
    expect(await send("read", { authorization })).toContain("user_01ADA");
    expect(await send("purge", { authorization })).not.toContain("user_01ADA");
  });

  it("closes with the app, which a stream that is open does not keep", async () => {
    const { app, ask, token } = await serve({
      register: (root, guard, routes) => {
        void root.register(guard.plugin).register(routes);
        root.get("/stream", (_request, reply) => {
          reply.hijack();
          reply.raw.writeHead(200, { "content-type": "text/event-stream" });
          reply.raw.write(": open\n\n");
        });
      },
    });
    const response = await ask({ headers: { authorization: `Bearer ${token}` } }, "/stream");
    const closing = app.close();
    expect(await response.text()).toBe(": open\n\n");
    await closing;
  });
});

describe("without a socket", () => {
  it("guards app.inject()", async () => {
    const { app, token, events } = await serve({ config: { access } });
    const url = { method: "POST", url: "/mcp" } as const;
    const refused = await app.inject({ ...url, payload: call("read") });
    expect(refused.statusCode).toBe(401);
    const headers = { authorization: `Bearer ${token}` };
    const passed = await app.inject({ ...url, headers, payload: call("read") });
    expect(passed.json()).toMatchObject({ body: call("read"), user: "user_01ADA" });
    const denied = await app.inject({ ...url, headers, payload: call("purge") });
    expect(denied.body).not.toContain("user_01ADA");
    const isAnswered = (): boolean => events.some(({ kind }) => kind === "answered");
    await vi.waitUntil(isAnswered, { timeout: 5_000 });
  });

  it("guards a request of a serverless adapter, with no raw fields and with a body of the adapter's", async () => {
    const { app, token } = await serve({ config: { access } });
    const askAs = async (authorization: string | undefined, judged: object, left: object) => {
      const text = JSON.stringify(judged);
      const request = new IncomingMessage(new Socket());
      Object.assign(request, {
        method: "POST",
        url: "/mcp",
        complete: true,
        headers: {
          host: "mcp.example.com",
          "content-type": "application/json",
          "content-length": String(text.length),
          ...(authorization === undefined ? {} : { authorization }),
        },
        body: Buffer.from(JSON.stringify(left)),
        _read(this: IncomingMessage) {
          this.push(text);
          this.push(null);
        },
      });
      const response = new ServerResponse(request);
      let out = "";
      const socket = Object.assign(new Socket(), {
        write: (chunk: Buffer | string, ...rest: unknown[]) => {
          out += chunk.toString();
          for (const one of rest) if (typeof one === "function") (one as () => void)();
          return true;
        },
      });
      response.assignSocket(socket);
      app.routing(request, response);
      await vi.waitUntil(() => response.writableEnded, { timeout: 5_000 });
      return out;
    };
    expect(await askAs(undefined, call("read"), call("read"))).toMatch(/^HTTP\/1\.1 401 /);
    expect(await askAs(`Bearer ${token}`, call("read"), call("purge"))).toContain("user_01ADA");
    expect(await askAs(`Bearer ${token}`, call("purge"), call("read"))).not.toContain("user_01ADA");
  });
});
