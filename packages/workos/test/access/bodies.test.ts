import { describe, expect, it } from "vitest";
import { call, request, startToolServer, type ToolServer } from "./tool-server.js";

const ACCESS = {
  tools: { open: "authenticated", secret: { role: "admin" } },
  prompts: { secret: { role: "admin" }, "*": "authenticated" },
  resources: { "docs://secret": { role: "admin" }, "*": "authenticated" },
} as const;

const toolServer = (): Promise<ToolServer> => startToolServer({ access: ACCESS });

describe("T-05: the policy reads what the dispatcher reads", () => {
  it.each([
    ["a batch that hides it last", [call("open"), call("open", {}, 2), call("secret", {}, 3)]],
    ["a batch that hides it first", [call("secret"), call("open", {}, 2)]],
    [
      "a duplicate name, the last of which counts",
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"open","name":"secret"}}',
    ],
    [
      "a duplicate method",
      '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"name":"secret"},"method":"tools/call"}',
    ],
    [
      "duplicate params",
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"open"},"params":{"name":"secret"}}',
    ],
    [
      "an escaped name",
      '{"jsonrpc":"2.0","id":1,"method":"tools\\u002fcall","params":{"name":"\\u0073ecret"}}',
    ],
    ["a notification", { jsonrpc: "2.0", method: "tools/call", params: { name: "secret" } }],
    [
      "an id that is no id",
      { jsonrpc: "2.0", id: { a: 1 }, method: "tools/call", params: { name: "secret" } },
    ],
    ["a repeated id", [call("open"), call("secret")]],
    ["a name in another case beside it", { ...call("secret"), Method: "ping", METHOD: "ping" }],
    ["a resource by an odd spelling", request("resources/read", { uri: "DOCS://secret" })],
    ["a resource with dots", request("resources/read", { uri: "docs://secret/." })],
  ])("denies %s", async (_, body) => {
    const { send, token, ran } = await toolServer();
    const reply = await send(token(), body);
    // Nor by another spelling that a dispatcher would resolve to it.
    const resolved = ran.map((one) => new URL(one.split(" ")[1] ?? "x:y").href);
    expect(resolved.filter((uri) => uri.endsWith("://secret"))).toEqual([]);
    expect(ran.filter((one) => one.includes("tools/call secret"))).toEqual([]);
    expect(reply.status === 200 || reply.status === 403).toBe(true);
  });

  it.each([
    ["Mcp-Name", { "mcp-method": "tools/call", "mcp-name": "open" }],
    ["x-mcp-tool-name", { "x-mcp-tool-name": "open", "x-mcp-tool-names": "open" }],
    ["a method override", { "x-http-method-override": "GET" }],
  ])("does not listen to %s", async (_, headers) => {
    const { send, token, ran } = await toolServer();
    const reply = await send(token(), call("secret"), { headers });
    expect(reply.text).toContain("role_missing");
    expect(ran).toEqual([]);
    expect((await send(token(), call("open"), { headers: { "mcp-name": "secret" } })).status).toBe(
      200,
    );
    expect(ran).toEqual(["tools/call open"]);
  });

  it.each([
    ["no name", { jsonrpc: "2.0", id: 1, method: "tools/call", params: {} }],
    ["no params", { jsonrpc: "2.0", id: 1, method: "tools/call" }],
    ["params in a list", { jsonrpc: "2.0", id: 1, method: "tools/call", params: ["open"] }],
    [
      "a name that is a list",
      { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: ["open"] } },
    ],
    [
      "a name that is null",
      { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: null } },
    ],
    [
      "a name in a member called __proto__",
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"__proto__":{"name":"open"}}}',
    ],
    ["a name from the prototype of objects", call("constructor")],
    ["params that are null", { jsonrpc: "2.0", id: 1, method: "prompts/get", params: null }],
  ])("denies a call with %s", async (_, body) => {
    const server = await startToolServer({
      access: { tools: { open: "authenticated" }, prompts: {} },
    });
    await server.send(server.token(), body);
    expect(server.ran).toEqual([]);
  });

  it.each([
    ["a method in another case", { ...call("secret"), method: "Tools/Call" }],
    [
      "Method instead of method",
      { jsonrpc: "2.0", id: 1, Method: "tools/call", params: { name: "secret" } },
    ],
    ["a call inside params", request("ping", { message: call("secret") })],
    ["a batch in a batch", [[call("secret")]]],
  ])("leaves %s to the dispatcher, for which it is no such call", async (_, body) => {
    const { send, token, ran } = await toolServer();
    expect((await send(token(), body)).status).toBe(200);
    expect(ran.filter((one) => one.startsWith("tools/call"))).toEqual([]);
  });

  it.each(["POST", "PUT", "PATCH"])("a %s whose body was not parsed is refused", async (method) => {
    const server = await startToolServer({ access: ACCESS }, { parses: false });
    const reply = await server.send(server.token(), call("open"), { method });
    expect([reply.status, reply.json]).toMatchObject([400, { reason: "body_unreadable" }]);
    expect(JSON.stringify(reply.json)).not.toContain("not JSON");
    expect(JSON.stringify(reply.json)).toContain("has no parsed request body");
    expect(server.ran).toEqual([]);
  });

  it.each(["a text", 5, null, true])("a body that is %j is refused", async (body) => {
    const server = await toolServer();
    const reply = await server.send(server.token(), JSON.stringify(body));
    expect([reply.status, reply.json]).toMatchObject([400, { reason: "body_unreadable" }]);
    expect(JSON.stringify(reply.json)).toContain("is not a JSON object or list");
    expect(server.ran).toEqual([]);
  });

  it.each([
    ["with an access map", ACCESS],
    ["without one", undefined],
  ])("T-12: a batch holds a hundred messages at most, %s", async (_, access) => {
    const server = await startToolServer(access === undefined ? {} : { access });
    const batch = Array.from({ length: 100 }, (_each, id) => call("open", {}, id));
    expect((await server.send(server.token(), batch)).status).toBe(200);
    expect(server.ran).toHaveLength(100);
    const reply = await server.send(server.token(), [...batch, request("ping")]);
    expect([reply.status, reply.json]).toEqual([
      413,
      {
        error: "content_too_large",
        error_description: "The batch holds more than 100 messages; send them in several requests",
        reason: "batch_too_long",
      },
    ]);
    expect(reply.headers.has("www-authenticate")).toBe(false);
    expect(server.ran).toHaveLength(100);
  });

  it("a GET needs no body, and one with a body is judged by it", async () => {
    const server = await toolServer();
    expect((await server.send(server.token(), undefined, { method: "GET" })).status).toBe(200);
    server.ran.length = 0;
    await server.send(server.token(), call("secret"), { method: "GET" });
    await server.send(server.token(), call("secret"), { method: "DELETE" });
    expect(server.ran).toEqual([]);
  });

  it("an empty batch and an empty object use nothing", async () => {
    const server = await toolServer();
    expect((await server.send(server.token(), [])).status).toBe(200);
    expect((await server.send(server.token(), {})).status).toBe(200);
  });

  it("a subscription is denied by one of its URIs, completion by its reference", async () => {
    const server = await toolServer();
    const listen = (uris: readonly unknown[]) =>
      request("subscriptions/listen", { notifications: { resourceSubscriptions: uris } });
    await server.send(server.token(), listen(["docs://a", "docs://secret"]));
    await server.send(server.token(), listen(["docs://a", 5]));
    await server.send(
      server.token(),
      request("completion/complete", { ref: { type: "ref/prompt", name: "secret" } }),
    );
    await server.send(
      server.token(),
      request("completion/complete", { ref: { type: "ref/resource", uri: "docs://secret" } }),
    );
    expect(server.ran).toEqual([]);
    await server.send(server.token(), listen(["docs://a"]));
    await server.send(
      server.token(),
      request("completion/complete", { ref: { type: "ref/other" } }),
    );
    expect(server.ran).toHaveLength(2);
  });
});
