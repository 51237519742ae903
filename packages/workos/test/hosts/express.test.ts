import { createHmac } from "node:crypto";
import { once } from "node:events";
import type { RequestListener } from "node:http";
import { connect } from "node:net";
import { McpServer as McpServer1 } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, McpServer as McpServer2 } from "@modelcontextprotocol/server";
import express, { type RequestHandler } from "express";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { workosExpress } from "../../src/express.js";
import { getSession, type WorkOSProviderConfig } from "../../src/index.js";
import { NOW } from "../support/issuer.js";
import { guardInputs, listenOn, post, type GuardInputs } from "./serve-guard.js";

const call = (name: string, id = 1): object => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name, arguments: {} },
});
const access = { tools: { read: "authenticated", purge: "denied" } } as const;

type Mount = (guard: RequestHandler, behind: RequestHandler) => RequestListener;
const onExpress: Mount = (guard, behind) => express().use(guard).use(behind);
const onNodeHttp: Mount = (guard, behind) => (request, response) =>
  guard(request as never, response as never, () =>
    behind(request as never, response as never, () => undefined),
  );

/** Answers with what code behind the guard is shown, once the body's end was seen if nothing has read it. */
const show: RequestHandler = (request, response) => {
  const { body, rawBody, auth } = request as { body?: unknown; rawBody?: Buffer; auth?: object };
  const answer = (unread?: string): void => {
    response.end(
      JSON.stringify({
        body,
        rawBody: rawBody?.toString(),
        auth,
        unread,
      }),
    );
  };
  if (request.readableEnded) answer();
  else void readText(request).then(answer);
};

async function readText(chunks: AsyncIterable<Buffer>): Promise<string> {
  let text = "";
  for await (const chunk of chunks) text += chunk.toString();
  return text;
}

interface Served extends GuardInputs {
  readonly origin: string;
  readonly token: string;
  readonly ask: (init: RequestInit, path?: string) => Promise<Response>;
}

async function serve(
  mount: Mount,
  behind: RequestHandler = show,
  config: WorkOSProviderConfig = {},
): Promise<Served> {
  const inputs = guardInputs(config);
  const origin = await listenOn(
    mount(workosExpress(inputs.config, inputs.overrides) as RequestHandler, behind),
  );
  const token = inputs.issuer.sign({ claims: { org_id: "org_01ACME" } });
  return { ...inputs, origin, token, ask: (init, path = "/mcp") => fetch(origin + path, init) };
}

describe.each([
  ["Express", onExpress],
  ["node:http", onNodeHttp],
])("the guard mounted on %s", (_name, mount) => {
  it("refuses a call without a token, and serves the metadata that the refusal names", async () => {
    const { ask } = await serve(mount);
    const refused = await ask(post(undefined, call("read")));
    expect(refused.status).toBe(401);
    expect(refused.headers.get("www-authenticate")).toContain(
      'resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"',
    );
    const metadata = await ask({}, "/.well-known/oauth-protected-resource/mcp");
    expect(await metadata.json()).toMatchObject({ resource: "https://mcp.example.com/mcp" });
  });

  it("hands on the JSON body that it has judged, and the caller without its token", async () => {
    const { ask, token } = await serve(mount, show, { access });
    const response = await ask(post(token, call("read")));
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({
      body: call("read"),
      rawBody: JSON.stringify(call("read")),
      auth: { clientId: "https://client.example.com/metadata.json" },
    });
    expect(text).not.toContain(token);
  });

  it("hands on one value of a name that is there twice: the one that was judged", async () => {
    const { ask, token } = await serve(mount, show, { access });
    const twice =
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"purge","name":"read"}}';
    const seen = (await (await ask(post(token, twice))).json()) as { rawBody: string };
    expect(seen.rawBody).toBe(
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read"}}',
    );
  });

  it.each([
    ["broken JSON", '{"jsonrpc":', {}, 400, "body_unreadable"],
    [
      "an encoded body",
      JSON.stringify(call("read")),
      { "content-encoding": "gzip" },
      415,
      "body_unreadable",
    ],
    ["more than 10 MiB", JSON.stringify("x".repeat(10 * 1024 * 1024)), {}, 413, "body_unreadable"],
  ])("refuses %s", async (_what, body, headers, status, reason) => {
    let reached = 0;
    const { ask, token } = await serve(mount, (_request, response) => {
      reached += 1;
      response.end();
    });
    const response = await ask(post(token, body, headers));
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ reason });
    expect(reached).toBe(0);
  });

  it("refuses text by the access map, and passes it on untouched without one", async () => {
    const text = JSON.stringify(call("purge"));
    const mapped = await serve(mount, show, { access });
    const refused = await mapped.ask(post(mapped.token, text, { "content-type": "text/plain" }));
    expect(refused.status).toBe(400);
    const open = await serve(mount);
    const passed = await open.ask(post(open.token, text, { "content-type": "text/plain" }));
    expect(await passed.json()).toMatchObject({ unread: text });
  });

  it("takes a webhook by the signature over its text", async () => {
    const secret = "whsec_0123456789";
    const { ask } = await serve(mount, show, {
      revocation: { webhook: { secret, path: "/webhooks/workos" } },
    });
    // Spaces that a JSON parser drops.
    const text =
      '{ "id": "event_01",  "event": "user.deleted", "data": { "object": "user", "id": "user_01ADA" } }';
    const sign = (key: string): string =>
      `t=${NOW}, v1=${createHmac("sha256", key).update(`${NOW}.${text}`).digest("hex")}`;
    const deliver = (key: string): Promise<Response> =>
      ask(post(undefined, text, { "workos-signature": sign(key) }), "/webhooks/workos");
    expect((await deliver("whsec_other")).status).toBe(400);
    expect(await (await deliver(secret)).json()).toEqual({ received: true });
  });

  it("leaves the body of a public path to its code", async () => {
    const { ask } = await serve(mount, show, { publicPaths: ["/health"] });
    const response = await ask(post("no token", "{ not json"), "/health");
    expect(await response.json()).toEqual({ unread: "{ not json" });
  });

  it("asks for no body where a GET announces none", async () => {
    const { ask, token } = await serve(mount, show, { access });
    const { body: _, ...init } = post(token, "");
    expect((await ask({ ...init, method: "GET" })).status).toBe(200);
  });

  it.each([
    ["with a length", [`Content-Length: ${24 * 1024 * 1024}`], (part: string) => part, ""],
    [
      "in chunks",
      ["Transfer-Encoding: chunked"],
      (part: string) => `${part.length.toString(16)}\r\n${part}\r\n`,
      "0\r\n\r\n",
    ],
  ])("keeps the connection after a body that is too large, %s", async (_how, head, frame, end) => {
    const { origin, token } = await serve(mount, show, { access });
    const socket = connect(Number(new URL(origin).port), "127.0.0.1").setEncoding("latin1");
    onTestFinished(() => void socket.destroy());
    let received = "";
    socket.on("data", (chunk: string) => (received += chunk));
    const fields = [
      "Host: mcp.example.com",
      `Authorization: Bearer ${token}`,
      "Content-Type: application/json",
    ];
    socket.write(`${["POST /mcp HTTP/1.1", ...fields, ...head].join("\r\n")}\r\n\r\n`);
    // More than the buffers on the way hold, and as a client sends it that waits for them.
    for (let part = 0; part < 24 * 16; part += 1) {
      if (!socket.write(frame("x".repeat(65_536)))) await once(socket, "drain");
    }
    socket.write(end);
    socket.write(`${["GET /mcp HTTP/1.1", ...fields].join("\r\n")}\r\n\r\n`);
    await vi.waitUntil(() => received.includes("HTTP/1.1 200 OK"), { timeout: 10_000 });
    expect(received).toMatch(/^HTTP\/1\.1 413 /);
  });

  it("refuses what calls it without next()", async () => {
    const { config, overrides, lines } = guardInputs();
    const guard = workosExpress(config, overrides) as unknown as RequestListener;
    const origin = await listenOn((request, response) => guard(request, response));
    expect((await fetch(`${origin}/mcp`, post(undefined, call("read")))).status).toBe(500);
    expect(lines.join("\n")).toContain("called without next()");
  });
});

describe("a JSON parser of Express's", () => {
  it("may be mounted before the guard", async () => {
    const { ask, token } = await serve(
      (guard, behind) => express().use(express.json()).use(guard).use(behind),
      show,
      { access },
    );
    expect(await (await ask(post(token, call("read")))).json()).toMatchObject({
      body: call("read"),
    });
    const denied = await (await ask(post(token, call("purge")))).text();
    expect(denied).toContain("purge");
    expect(denied).not.toContain("rawBody");
  });

  it("may be mounted behind the guard, and leaves what was judged", async () => {
    const { ask, token } = await serve(
      (guard, behind) => express().use(guard).use(express.json()).use(behind),
      show,
      { access },
    );
    expect(await (await ask(post(token, call("read")))).json()).toMatchObject({
      body: call("read"),
    });
    expect(await (await ask(post(token, call("purge")))).text()).not.toContain("rawBody");
  });

  it("that reads bytes makes the access map refuse", async () => {
    const { ask, token } = await serve(
      (guard, behind) =>
        express()
          .use(express.raw({ type: "*/*" }))
          .use(guard)
          .use(behind),
      show,
      { access },
    );
    expect((await ask(post(token, call("read")))).status).toBe(400);
  });
});

const whoami = (authInfo?: {
  clientId: string;
}): { content: { type: "text"; text: string }[] } => ({
  content: [
    {
      type: "text",
      text: `${getSession().userId} ${authInfo?.clientId}`,
    },
  ],
});
const SAID = "user_01ADA https://client.example.com/metadata.json";

const sdk1 = (takesBody: boolean): RequestHandler =>
  async function serveSdk1(request, response) {
    const server = new McpServer1({ name: "sdk1", version: "1.0.0" });
    server.registerTool("read", {}, ({ authInfo }) => whoami(authInfo));
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
    await server.connect(transport);
    await (takesBody
      ? transport.handleRequest(request, response, request.body)
      : transport.handleRequest(request, response));
  };

const sdk2 = (): ReturnType<typeof toNodeHandler> =>
  toNodeHandler(
    createMcpHandler(() => {
      const server = new McpServer2({ name: "sdk2", version: "1.0.0" });
      server.registerTool("read", {}, ({ http }) => whoami(http?.authInfo));
      return server;
    }),
  );

describe.each([
  ["SDK 1's transport with the parsed body", () => sdk1(true)],
  ["SDK 1's transport without it", () => sdk1(false)],
  [
    "SDK 2's handler with the parsed body",
    () => {
      const handle = sdk2();
      return ((request, response) =>
        void handle(request as never, response, request.body)) as RequestHandler;
    },
  ],
  ["SDK 2's handler as a route", () => sdk2() as unknown as RequestHandler],
])("behind the guard, %s", (_name, makeBehind) => {
  it("runs tools as the caller, and is shown the body that was judged", async () => {
    const { ask, token } = await serve(onExpress, makeBehind(), { access });
    const answer = await (await ask(post(token, call("read")))).text();
    expect(answer).toContain(SAID);
    expect(answer).not.toContain(token);
  });

  it("dispatches what was judged when a name is there twice", async () => {
    const { ask, token } = await serve(onExpress, makeBehind(), { access });
    const twice =
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"purge","name":"read","arguments":{}}}';
    expect(await (await ask(post(token, twice))).text()).toContain(SAID);
  });
});
