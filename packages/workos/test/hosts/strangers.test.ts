import { describe, expect, it, vi } from "vitest";
import { workosExpress } from "../../src/express.js";
import { workosFetch, type FetchApp } from "../../src/fetch.js";
import type { WorkOSProviderConfig } from "../../src/index.js";
import { GOOD_CONFIG, rawCall } from "../support/guarded-server.js";
import { createHomeIssuer, NOW, type TestIssuer } from "../support/issuer.js";
import { guardInputs, listenOn } from "./serve-guard.js";

const access = { tools: { read: "authenticated", purge: "denied" } } as const;
const purge = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"purge"}}';

interface GuardedFetch {
  readonly issuer: TestIssuer;
  readonly serve: (request: Request) => Promise<Response>;
}

function guardFetch(app: FetchApp, config: WorkOSProviderConfig = { access }): GuardedFetch {
  const issuer = createHomeIssuer();
  const guard = workosFetch(
    { ...GOOD_CONFIG, log: false, ...config },
    { env: {}, fetch: issuer.fetch, now: () => NOW },
  );
  return { issuer, serve: guard.protect(app) };
}

/** A server behind the guard that keeps the text of the bodies it is shown. */
async function guardNode(): Promise<{
  readonly issuer: TestIssuer;
  readonly port: number;
  readonly reached: string[];
}> {
  const { issuer, config, overrides } = guardInputs({ access });
  const reached: string[] = [];
  const guard = workosExpress(config, overrides);
  const origin = await listenOn((request, response) => {
    void guard(request, response, () => {
      reached.push(String((request as { rawBody?: Buffer }).rawBody));
      response.end("reached");
    });
  });
  return { issuer, port: Number(new URL(origin).port), reached };
}

const ask = (token: string, init: RequestInit = {}): Request =>
  new Request("https://mcp.example.com/mcp", {
    method: "POST",
    ...init,
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${token}`,
      ...(init.headers as Record<string, string>),
    },
  });

describe("a stranger's body", () => {
  it.each([
    ["a token that is none", { authorization: "Bearer x" }],
    ["a signature where no webhook is", { "workos-signature": "t=1, v1=00" }],
    ["both", { authorization: "Bearer x", "workos-signature": "t=1, v1=00" }],
  ])("is not read on Fetch, with %s", async (_with, headers) => {
    const { serve } = guardFetch(() => new Response("reached"));
    let pulls = 0;
    const body = new ReadableStream({ pull: () => void (pulls += 1) }, { highWaterMark: 0 });
    const init = { method: "POST", body, duplex: "half" } as RequestInit;
    const request = new Request("https://mcp.example.com/mcp", {
      ...init,
      headers: { "content-type": "application/json", ...(headers as Record<string, string>) },
    });
    expect((await serve(request)).status).toBe(401);
    expect(pulls).toBe(0);
  });

  it.each([
    ["a token that is none", "Authorization: Bearer x"],
    ["a signature where no webhook is", "WorkOS-Signature: t=1, v1=00"],
  ])("is not waited for on Node, with %s", async (_with, field) => {
    const { port, reached } = await guardNode();
    // Announced, and never sent.
    const answer = await rawCall(port, "POST /mcp", [
      "Content-Type: application/json",
      "Content-Length: 1000",
      field,
    ]);
    expect(answer.status).toBe(401);
    expect(reached).toEqual([]);
  });
});

describe("a body that the map cannot be held against", () => {
  it.each(["GET", "HEAD", "DELETE", "OPTIONS", "POST", "PUT"])(
    "is refused on Node when it comes with %s as text",
    async (method) => {
      const { issuer, port, reached } = await guardNode();
      const answer = await rawCall(
        port,
        `${method} /mcp`,
        [
          "Content-Type: text/plain",
          `Content-Length: ${purge.length}`,
          `Authorization: Bearer ${issuer.sign()}`,
        ],
        [purge],
      );
      expect(answer.status).toBe(400);
      expect(reached).toEqual([]);
    },
  );

  it.each(["DELETE", "OPTIONS", "POST", "PUT"])(
    "reaches no code on Fetch when it comes with %s as text",
    async (method) => {
      const bodies: string[] = [];
      const { issuer, serve } = guardFetch(async (request) => {
        bodies.push(await request.text());
        return new Response("reached");
      });
      const headers = { "content-type": "text/plain", "content-length": String(purge.length) };
      await serve(ask(issuer.sign(), { method, body: purge, headers }));
      const { "content-length": _length, ...unannounced } = headers;
      await serve(ask(issuer.sign(), { method, body: purge, headers: unannounced }));
      expect(bodies.filter((body) => body !== "")).toEqual([]);
    },
  );

  it("is passed on as it was judged, whatever other header fields say", async () => {
    const { issuer, port, reached } = await guardNode();
    const twice =
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"purge","name":"read"}}';
    const answer = await rawCall(
      port,
      "POST /mcp",
      [
        "Content-Type: application/json",
        `Content-Length: ${twice.length}`,
        "WorkOS-Signature: t=1, v1=00",
        `Authorization: Bearer ${issuer.sign()}`,
      ],
      [twice],
    );
    expect(answer.status).toBe(200);
    expect(reached).toEqual([
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read"}}',
    ]);
  });
});

describe("on Fetch", () => {
  it("a body to a public path is the code's own", async () => {
    const { serve } = guardFetch(async (request) => new Response(await request.text()), {
      publicPaths: ["/status"],
    });
    const request = new Request("https://mcp.example.com/status", {
      method: "POST",
      headers: { authorization: "Basic eDp5", "content-type": "application/json" },
      body: '{ "a" : 1.0 }',
    });
    expect(await (await serve(request)).text()).toBe('{ "a" : 1.0 }');
  });

  it("a request that is a proxy of one, as Next.js lends it, is passed on without its token", async () => {
    const { issuer, serve } = guardFetch((request) =>
      Response.json([request.method, request.headers.get("authorization")]),
    );
    const original = ask(issuer.sign(), { method: "GET" });
    const proxy = new Proxy(original, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
    expect(await (await serve(proxy)).json()).toEqual([
      "GET",
      "[access token withheld by @xmcp-dev/workos]",
    ]);
    // Next.js shows code these by a function of its own.
    expect(original.headers.get("authorization")).toBe(
      "[access token withheld by @xmcp-dev/workos]",
    );
  });

  it("a client that leaves ends the stream of the code behind the guard", async () => {
    const cancelled = vi.fn<() => void>();
    const body = new ReadableStream({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode(": open\n\n"));
      },
      cancel: cancelled,
    });
    const { issuer, serve } = guardFetch(
      () => new Response(body, { headers: { "content-type": "text/event-stream" } }),
    );
    const client = new AbortController();
    await serve(ask(issuer.sign(), { method: "GET", signal: client.signal }));
    client.abort();
    await vi.waitFor(() => {
      expect(cancelled).toHaveBeenCalledTimes(1);
    });
  });
});

it("a stream that is resumed shows in its lists what its caller may use, and no more", async () => {
  const list = { jsonrpc: "2.0", id: 1, result: { tools: [{ name: "read" }, { name: "purge" }] } };
  const { issuer, serve } = guardFetch(
    () =>
      new Response(`id: 7\ndata: ${JSON.stringify(list)}\n\n`, {
        headers: { "content-type": "text/event-stream" },
      }),
  );
  const headers = { "last-event-id": "6", accept: "text/event-stream" };
  const text = await (await serve(ask(issuer.sign(), { method: "GET", headers }))).text();
  expect(text).toBe(
    'id: 7\ndata: {"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"read"}],"cacheScope":"private"}}\n\n',
  );
});
