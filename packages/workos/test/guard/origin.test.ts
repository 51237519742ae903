import { request as httpRequest } from "node:http";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createOriginCheck, type OriginPolicy } from "../../src/guard/origin.js";
import { rawCall, startGuarded } from "../support/guarded-server.js";

const loopback = { localHosts: new Set<string>(), origins: undefined };
const open = { localHosts: undefined, origins: undefined };
const listed = {
  localHosts: undefined,
  origins: new Set(["https://app.example.com", "vscode-webview://1a2b"]),
};

const originRefusal = (
  request: { host: string | undefined; origin: string | undefined },
  policy: OriginPolicy,
): ReturnType<ReturnType<typeof createOriginCheck>> => {
  const check = createOriginCheck(policy);
  const first = check(request);
  // The second time it is remembered, and must be judged alike.
  expect(check(request)).toEqual(first);
  return first;
};

describe("createOriginCheck", () => {
  it.each([
    "127.0.0.1:3002",
    "127.0.0.1",
    "127.8.9.10:80",
    "localhost:3002",
    "LOCALHOST",
    "app.localhost:1",
    "[::1]:3002",
  ])("RS-72: a loopback server takes its own host %s", (host) => {
    expect(originRefusal({ host, origin: undefined }, loopback)).toBeUndefined();
  });

  it.each([
    "evil.example",
    "evil.example:3002",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "localhost.",
    "127.0.0.1@evil.example",
    "evil.example#127.0.0.1",
    "evil.example/127.0.0.1",
    "evil.example?localhost",
    "evil.example\\@localhost",
    // What a URL parser would take for a loopback host and something more.
    "evil.example@localhost",
    "localhost/evil.example",
    "localhost?evil.example",
    "localhost#evil.example",
    "[::ffff:10.0.0.1]",
    "192.168.0.1",
    "0.0.0.0",
    "",
    " ",
    undefined,
  ])("RS-72: a loopback server refuses the host %s", (host) => {
    expect(originRefusal({ host, origin: undefined }, loopback)).toEqual({
      reason: "host_not_allowed",
    });
  });

  it.each([
    "http://127.0.0.1:6274",
    "http://localhost:6274",
    "https://localhost",
    "http://[::1]:1",
    "HTTP://LOCALHOST:6274",
  ])("RS-70: a loopback server takes the origin %s", (origin) => {
    expect(originRefusal({ host: "127.0.0.1", origin }, loopback)).toBeUndefined();
  });

  it.each([
    "null",
    "",
    "https://evil.example",
    "http://127.0.0.1.evil.example",
    "http://localhost@evil.example",
    "http://localhost/",
    "http://localhost/path",
    "file://localhost",
    "ftp://localhost",
    "ws://localhost",
    "chrome-extension://localhost",
    "http://evil.example, http://localhost",
    "http://localhost http://evil.example",
  ])("RS-71: a loopback server refuses the origin %j", (origin) => {
    expect(originRefusal({ host: "127.0.0.1", origin }, loopback)).toEqual({
      reason: "origin_not_allowed",
    });
  });

  it("RS-70: a public server without a list takes every origin and host: only the token decides", () => {
    for (const origin of ["https://any.example", "null", undefined]) {
      expect(originRefusal({ host: "mcp.example.com", origin }, open)).toBeUndefined();
    }
  });

  it.each([
    ["https://app.example.com", undefined],
    ["https://APP.example.com", undefined],
    ["vscode-webview://1a2b", undefined],
    [undefined, undefined],
    ["https://app.example.com:8443", "origin_not_allowed"],
    ["http://app.example.com", "origin_not_allowed"],
    ["https://app.example.com.evil.example", "origin_not_allowed"],
    ["https://app.example.com/", "origin_not_allowed"],
    ["http://localhost:6274", "origin_not_allowed"],
    ["null", "origin_not_allowed"],
  ])("RS-71: a public server with a list judges %s as %s", (origin, reason) => {
    expect(originRefusal({ host: "mcp.example.com", origin }, listed)?.reason).toBe(reason);
  });

  it("never takes a host on loopback that does not end in a loopback name or address", () => {
    const name = fc.domain().filter((domain) => !domain.endsWith("localhost"));
    fc.assert(
      fc.property(name, fc.constantFrom("", ":80", ":3002"), (domain, port) => {
        expect(originRefusal({ host: `${domain}${port}`, origin: undefined }, loopback)).toEqual({
          reason: "host_not_allowed",
        });
        expect(
          originRefusal({ host: "localhost", origin: `http://${domain}${port}` }, loopback),
        ).toEqual({
          reason: "origin_not_allowed",
        });
      }),
    );
  });
});

describe("T-04: the guard of a loopback server", () => {
  const config = { baseURL: "http://127.0.0.1:3002" };

  /** fetch() sets Host itself, so the attack needs a plainer client. */
  function send(
    port: number,
    headers: Record<string, string>,
    path = "/mcp",
  ): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const request = httpRequest({ port, host: "127.0.0.1", path, headers }, (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          body += chunk;
        });
        response.on("end", () => {
          resolve({ status: response.statusCode ?? 0, body });
        });
      });
      request.on("error", reject).end();
    });
  }

  it("RS-71: refuses a rebound host with 403, even with a good token, and says why in the log", async () => {
    const server = await startGuarded({ config });
    const token = server.issuer.sign({ claims: { aud: "http://127.0.0.1:3002/mcp" } });
    const headers = { host: "evil.example:3002", authorization: `Bearer ${token}` };
    expect(await send(server.port, headers)).toEqual({
      status: 403,
      body: '{"error":"forbidden","error_description":"This host name does not belong to this server","reason":"host_not_allowed"}',
    });
    expect(server.reached.count).toBe(0);
    expect(server.lines.at(-1)).toMatch(/^warn \[workos\] Refused GET with 403 host_not_allowed: /);
    expect((await send(server.port, { authorization: `Bearer ${token}` })).status).toBe(200);
  });

  it.each([
    ["an absolute target", "POST http://evil.example/mcp", ["Host: localhost"]],
    ["a second Host field", "POST /mcp", ["Host: localhost"]],
  ])("RS-72: refuses %s that names another host", async (_, line, lines) => {
    // Its first Host field is mcp.example.com.
    const server = await startGuarded({ config });
    const { status, body } = await rawCall(server.port, line, lines);
    expect([status, body]).toEqual([
      403,
      '{"error":"forbidden","error_description":"This host name does not belong to this server","reason":"host_not_allowed"}',
    ]);
  });

  it("RS-71: refuses a foreign origin with 403", async () => {
    const server = await startGuarded({ config });
    const { status, body } = await send(server.port, { origin: "https://evil.example" });
    expect(status).toBe(403);
    expect(body).toBe(
      '{"error":"forbidden","error_description":"This origin may not call this server","reason":"origin_not_allowed"}',
    );
  });

  it("RS-15: the well-known documents stay readable by everyone, from everywhere", async () => {
    const server = await startGuarded({ config });
    const headers = { host: "evil.example", origin: "https://evil.example" };
    for (const document of [
      "oauth-protected-resource",
      "oauth-protected-resource/mcp",
      "oauth-authorization-server",
    ]) {
      expect((await send(server.port, headers, `/.well-known/${document}`)).status).toBe(200);
    }
  });

  it("takes an origin that the operator listed", async () => {
    const server = await startGuarded({
      config: { ...config, allowedOrigins: ["https://app.example.com"] },
    });
    expect((await send(server.port, { origin: "https://app.example.com" })).status).toBe(401);
    expect((await send(server.port, { origin: "http://localhost:6274" })).status).toBe(401);
    expect((await send(server.port, { origin: "https://other.example.com" })).status).toBe(403);
  });
});
