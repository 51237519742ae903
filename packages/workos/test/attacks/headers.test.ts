import { describe, expect, it } from "vitest";
import { rawCall, startGuarded } from "../guarded-server.js";

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

describe("T-07: what tools see of what a caller says of itself", () => {
  const lies = [
    "X-Auth-User: user_01MALLORY",
    "X-MCP-Tool-Name: ping",
    "X-Forwarded-User: user_01MALLORY",
    "Forwarded: for=10.0.0.1",
    "X-Authority: stays",
  ];
  const seen = async (proxies: number): Promise<string> => {
    const server = await startGuarded({
      config: { proxies },
      handler: ({ headers, rawHeaders }, response) => {
        response.end(JSON.stringify({ headers, rawHeaders }));
      },
    });
    const token = server.issuer.sign();
    const { status, body } = await rawCall(server.port, "POST /mcp", [
      `Authorization: Bearer ${token}`,
      ...lies,
    ]);
    expect(status).toBe(200);
    return body;
  };

  it("is nothing while no proxy of one's own stands in front", async () => {
    const text = await seen(0);
    expect(text).not.toMatch(/MALLORY|ping|10\.0\.0\.1/);
    expect(text).toContain("stays");
  });

  it("is the proxy's to say where there is one", async () => {
    expect(await seen(1)).toMatch(/MALLORY.*MALLORY/);
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
