import { describe, expect, it } from "vitest";
import type { WorkOSProviderConfig } from "../../src/index.js";
import { rawCall, startGuarded } from "../support/guarded-server.js";
import { CONNECTION, IDENTITIES } from "./identity-fields.js";

const METADATA =
  'resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"';

const POISON: readonly (readonly string[])[] = [
  ["X-Forwarded-Host: evil.example"],
  ["X-Forwarded-Proto: http", "X-Forwarded-Port: 8080", "X-Forwarded-Prefix: /evil"],
  ["Forwarded: host=evil.example;proto=http"],
  ["X-Original-Host: evil.example", "X-Host: evil.example", "X-Forwarded-Server: evil.example"],
  ["X-Original-URL: /evil.example", "X-Rewrite-URL: /evil.example"],
  ["Host: evil.example"],
  ['X-Forwarded-Host: evil.example"'],
];

describe("T-07 T-08: what a caller says of hosts and proxies", () => {
  it.each(POISON)("RS-16: never shows in an answer: %s", async (...lines) => {
    const server = await startGuarded();
    for (const target of ["POST /mcp", "POST http://evil.example/mcp"]) {
      const answer = await rawCall(server.port, target, lines);
      expect(answer.head).toContain(METADATA);
      expect(answer.head + answer.body).not.toContain("evil");
    }
    const document = await rawCall(server.port, "GET /.well-known/oauth-protected-resource", lines);
    expect(document.status).toBe(200);
    expect(document.head + document.body).not.toContain("evil");
    expect(document.body).toContain('"resource":"https://mcp.example.com/mcp"');
    expect(server.lines.join("\n")).not.toContain("evil");
  });

  it("RS-16: nor does it change who is let in", async () => {
    const server = await startGuarded();
    const inside = [
      "X-Forwarded-For: 127.0.0.1",
      "X-Real-IP: 127.0.0.1",
      "X-Auth-User: user_01ADA",
      "X-Auth-Request-Email: ada@example.com",
      "X-WorkOS-User: user_01ADA",
      "X-MCP-Init-Host: evil.example",
      "X-MCP-Tool-Name: ping",
      "X-Forwarded-Access-Token: x",
      "Mcp-Session-Id: 1",
    ];
    expect((await rawCall(server.port, "POST /mcp", inside)).status).toBe(401);
    expect(server.reached.count).toBe(0);
  });
});

/** What a tool sees of the fields that a caller sends beside a good token. */
async function seenByTool(
  config: WorkOSProviderConfig,
  lines: readonly string[],
  body: readonly string[] = [],
): Promise<{ headers: Record<string, unknown>; raw: string[]; distinct: Record<string, unknown> }> {
  let seen: unknown;
  const server = await startGuarded({
    config,
    // Node keeps what it made for an earlier middleware.
    before: (request) => void request.headersDistinct,
    handler: (request, response) => {
      request.resume().on("end", () => {
        const { headers, headersDistinct, rawHeaders, trailers, rawTrailers } = request;
        seen = { headers, raw: rawHeaders, distinct: headersDistinct };
        expect({ trailers, rawTrailers, distinct: request.trailersDistinct }).toEqual({
          trailers: {},
          rawTrailers: [],
          distinct: {},
        });
        response.end();
      });
    },
  });
  const token = server.issuer.sign();
  const answer = await rawCall(
    server.port,
    "POST /mcp",
    [`Authorization: Bearer ${token}`, ...lines],
    body,
  );
  expect(answer.status).toBe(200);
  expect(JSON.stringify(seen)).not.toContain(token);
  return seen as Awaited<ReturnType<typeof seenByTool>>;
}

const HARMLESS = [
  "Accept",
  "Accept-Language",
  "Content-Type",
  "Last-Event-ID",
  "Mcp-Name",
  "Mcp-Param-User",
  "Mcp-Session-Id",
  "Origin",
  "Traceparent",
  "User-Agent",
  "X-Amzn-Trace-Id",
  "X-Api-Key",
  "X-Authority",
  "X-Request-Id",
  "X-Tenant",
];

describe("T-07: what tools see of what a caller says of itself", () => {
  const lie = (name: string): string => `${name}: MALLORY`;

  it.each([...IDENTITIES, ...CONNECTION])("is not %s", async (name) => {
    const { headers, raw, distinct } = await seenByTool({}, [lie(name), "X-After: 1"]);
    expect(JSON.stringify([headers, raw, distinct])).not.toContain("MALLORY");
    expect(raw.map((field) => field.toLowerCase())).not.toContain(name.toLowerCase());
    expect(headers).toMatchObject({ "x-after": "1" });
    expect(distinct).toMatchObject({ "x-after": ["1"] });
  });

  it("is the rest, in every form of the fields alike", async () => {
    const lines = [...HARMLESS, ...IDENTITIES].map(lie);
    const { headers, raw, distinct } = await seenByTool({}, lines);
    const names = [
      "host",
      "authorization",
      ...HARMLESS.map((name) => name.toLowerCase()),
      "connection",
    ];
    expect(Object.keys(headers).toSorted()).toEqual(names.toSorted());
    expect(Object.keys(distinct).toSorted()).toEqual(names.toSorted());
    expect(raw.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase())).toEqual(names);
    expect(headers["authorization"]).toBe("[access token withheld by @xmcp-dev/workos]");
    expect(distinct["authorization"]).toEqual(["[access token withheld by @xmcp-dev/workos]"]);
    expect(raw[3]).toBe("[access token withheld by @xmcp-dev/workos]");
  });

  it("is what a proxy writes of the connection, behind one, and no identity", async () => {
    const lines = [...IDENTITIES, ...CONNECTION].map(lie);
    const { headers } = await seenByTool({ trustedProxyCount: 1 }, lines);
    expect(Object.keys(headers).toSorted()).toEqual(
      [
        "authorization",
        "connection",
        "host",
        ...CONNECTION.map((name) => name.toLowerCase()),
      ].toSorted(),
    );
  });

  it("is what the operator names, whatever its letter case, and that alone", async () => {
    const trustedHeaders = ["x-real-ip", "CF-Access-Jwt-Assertion", "cookie"];
    const { headers } = await seenByTool(
      { trustedHeaders },
      [...IDENTITIES, ...CONNECTION].map(lie),
    );
    expect(Object.keys(headers).toSorted()).toEqual(
      [
        "authorization",
        "connection",
        "host",
        "x-real-ip",
        "cf-access-jwt-assertion",
        "cookie",
      ].toSorted(),
    );
  });

  it("is no trailer", async () => {
    const chunks = ["2", "{}", "0", "Authorization: Bearer MALLORY", "X-User: MALLORY", "", ""];
    const { headers } = await seenByTool({}, ["Transfer-Encoding: chunked"], chunks);
    expect(Object.keys(headers).toSorted()).toEqual([
      "authorization",
      "connection",
      "host",
      "transfer-encoding",
    ]);
  });
});

describe("Header fields over Node's limit", () => {
  it("get 431 from Node, and no log line, whatever the guard's own limit is", async () => {
    const server = await startGuarded();
    const before = server.lines.length;
    const long = [`Authorization: Bearer ${"a".repeat(16 * 1024)}`];
    expect((await rawCall(server.port, "POST /mcp", long)).status).toBe(431);
    expect(server.lines).toHaveLength(before);
    const raised = await startGuarded({ server: { maxHeaderSize: 64 * 1024 } });
    expect((await rawCall(raised.port, "POST /mcp", [`${long[0]}a`])).status).toBe(401);
    expect(raised.lines.join("\n")).toContain("token_too_long");
  });
});

describe("T-08 RS-22: what a caller writes into Authorization", () => {
  it.each([
    'Bearer x", error="none',
    'Bearer \\" canary=1',
    "Bearer canary\u00E9",
    "canary",
    "Basic canary",
    "Bearer canary, Basic canary",
  ])("comes back in no header and no body: %s", async (value) => {
    const server = await startGuarded();
    const answer = await rawCall(server.port, "POST /mcp", [`Authorization: ${value}`]);
    expect([400, 401]).toContain(answer.status);
    expect(answer.head.match(/^WWW-Authenticate: /gm)).toHaveLength(1);
    expect(answer.head).toContain(METADATA);
    expect(answer.head + answer.body + server.lines.join("\n")).not.toMatch(/canary|error="none/);
  });

  it("splits no answer in two", async () => {
    const server = await startGuarded();
    const answer = await rawCall(server.port, "POST /mcp", [
      "Authorization: Bearer x\nSet-Cookie: a=b",
    ]);
    expect(answer.head).not.toContain("Set-Cookie");
  });
});
