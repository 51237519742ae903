import { describe, expect, it } from "vitest";
import { startGuarded } from "../support/guarded-server.js";

const PROTECTED = "/.well-known/oauth-protected-resource";
const AUTHORIZATION = "/.well-known/oauth-authorization-server";

describe("protected resource metadata", () => {
  it.each([PROTECTED, `${PROTECTED}/mcp`])(
    "RS-01 RS-02 RS-04 RS-06 RS-08 RS-09: GET %s says exactly this",
    async (path) => {
      const server = await startGuarded();
      const answer = await server.ask(undefined, { method: "GET", path });
      expect(answer.status).toBe(200);
      expect(answer.headers.get("content-type")).toBe("application/json");
      expect(await answer.text()).toBe(
        '{"resource":"https://mcp.example.com/mcp","authorization_servers":["https://acme.authkit.app"],"bearer_methods_supported":["header"]}',
      );
    },
  );

  it("RS-09: has name and documentation when they are configured", async () => {
    const server = await startGuarded({
      config: {
        resourceName: "Reports",
        docsURL: "https://docs.example.com/mcp",
        scopesSupported: ["openid"],
      },
    });
    const answer = await server.ask(undefined, { method: "GET", path: PROTECTED });
    expect(await answer.json()).toEqual({
      resource: "https://mcp.example.com/mcp",
      authorization_servers: ["https://acme.authkit.app"],
      bearer_methods_supported: ["header"],
      resource_name: "Reports",
      scopes_supported: ["openid"],
      resource_documentation: "https://docs.example.com/mcp",
    });
  });

  it("RS-11 RS-12 RS-13: promises no proof of possession and no catalogue of scopes", async () => {
    const server = await startGuarded();
    const answer = await server.ask(undefined, { method: "GET", path: PROTECTED });
    const members = Object.keys((await answer.json()) as object);
    expect(
      members.filter((member) => /dpop|tls|scopes|signed|authorization_details/.test(member)),
    ).toEqual([]);
  });

  it("RS-05: lives where the resource's path says", async () => {
    const server = await startGuarded({
      config: { baseURL: "https://mcp.example.com/tenant", endpoint: "/api/mcp" },
    });
    const statusOf = async (path: string): Promise<number> =>
      (await server.ask(undefined, { method: "GET", path })).status;
    expect(await statusOf(`${PROTECTED}/tenant/api/mcp`)).toBe(200);
    expect(await statusOf(PROTECTED)).toBe(200);
    expect(await statusOf(`${PROTECTED}/mcp`)).toBe(401);
    const challenge = (await server.ask()).headers.get("www-authenticate");
    expect(challenge).toBe(
      'Bearer resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/tenant/api/mcp"',
    );
  });

  it("RS-06: is the same at the URL that the challenge names", async () => {
    const server = await startGuarded();
    const challenge = (await server.ask()).headers.get("www-authenticate") ?? "";
    const path = new URL(/resource_metadata="([^"]+)"/.exec(challenge)?.[1] ?? "").pathname;
    const answer = await server.ask(undefined, { method: "GET", path });
    expect(((await answer.json()) as { resource: string }).resource).toBe(
      "https://mcp.example.com/mcp",
    );
  });

  it("RS-02: names the first of several issuers, the one that new tokens come from", async () => {
    const server = await startGuarded({
      config: { authkitDomain: ["auth.acme.com", "acme.authkit.app"] },
    });
    const answer = await server.ask(undefined, { method: "GET", path: PROTECTED });
    expect(
      ((await answer.json()) as { authorization_servers: string[] }).authorization_servers,
    ).toEqual(["https://auth.acme.com"]);
    // Tokens of the former domain are good until the move is over.
    expect((await server.ask(server.issuer.sign())).status).toBe(200);
  });
});

describe("authorization server metadata", () => {
  const DOCUMENT = {
    issuer: "https://acme.authkit.app",
    token_endpoint: "https://acme.authkit.app/oauth2/token",
    registration_endpoint: "https://acme.authkit.app/oauth2/register",
    x_something_new: { a: [1, null] },
  };

  it.each([AUTHORIZATION, `${AUTHORIZATION}/mcp`])(
    "RS-17: GET %s is AuthKit's own, untouched",
    async (path) => {
      const server = await startGuarded();
      server.issuer.answer = () => Response.json(DOCUMENT);
      const answer = await server.ask(undefined, { method: "GET", path });
      expect(answer.status).toBe(200);
      expect(await answer.text()).toBe(
        '{"issuer":"https://acme.authkit.app","token_endpoint":"https://acme.authkit.app/oauth2/token","registration_endpoint":"https://acme.authkit.app/oauth2/register","x_something_new":{"a":[1,null]}}',
      );
      expect(answer.headers.get("cache-control")).toBe("public, max-age=300");
      expect(answer.headers.get("access-control-allow-origin")).toBe("*");
      expect(server.issuer.requests).toEqual([
        "https://acme.authkit.app/.well-known/oauth-authorization-server",
      ]);
    },
  );

  it("RS-17: is answered here, never by a redirect, and is not cached when AuthKit is down", async () => {
    const server = await startGuarded();
    server.issuer.answer = () => new Response(null, { status: 500 });
    const answer = await server.ask(undefined, { method: "GET", path: AUTHORIZATION });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(((await answer.json()) as { issuer: string }).issuer).toBe("https://acme.authkit.app");
    expect(server.lines.at(-1)).toBe(
      "warn [workos] The metadata of https://acme.authkit.app is unreachable: answered with status 500",
    );
  });
});

describe("both documents", () => {
  const paths = [PROTECTED, `${PROTECTED}/mcp`, AUTHORIZATION, `${AUTHORIZATION}/mcp`];

  it.each(paths)("RS-14 RS-15: %s may be read from every origin and kept", async (path) => {
    const server = await startGuarded();
    server.issuer.answer = () => Response.json({ issuer: "https://acme.authkit.app" });
    const headers = { origin: "https://inspector.example", "mcp-protocol-version": "2025-11-25" };
    const answer = await server.ask(undefined, { method: "GET", path: `${path}?x=1`, headers });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("cache-control")).toBe("public, max-age=300");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  });

  it.each(paths)("RS-15: HEAD %s has the head and no body", async (path) => {
    const server = await startGuarded();
    const answer = await server.ask(undefined, { method: "HEAD", path });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(await answer.text()).toBe("");
  });

  it.each(paths)("RS-15: %s answers a preflight, and any OPTIONS", async (path) => {
    const server = await startGuarded();
    const headers = {
      origin: "https://inspector.example",
      "access-control-request-method": "GET",
      "access-control-request-headers": "mcp-protocol-version",
    };
    for (const init of [{ headers }, {}]) {
      const answer = await server.ask(undefined, { method: "OPTIONS", path, ...init });
      expect(answer.status).toBe(204);
      expect(answer.headers.get("access-control-allow-origin")).toBe("*");
      expect(answer.headers.get("access-control-allow-methods")).toBe("GET, HEAD");
      expect(answer.headers.get("access-control-allow-headers")).toContain("mcp-protocol-version");
    }
  });

  it.each(["POST", "PUT", "PATCH", "DELETE"])(
    "RS-15: %s is not allowed, and says what is",
    async (method) => {
      const server = await startGuarded();
      for (const path of paths) {
        const answer = await server.ask(server.issuer.sign(), { method, path });
        expect(answer.status).toBe(405);
        expect(answer.headers.get("allow")).toBe("GET, HEAD, OPTIONS");
        expect(answer.headers.get("cache-control")).toBe("no-store");
        expect(await answer.text()).toBe(
          '{"message":"This document can be read with GET or HEAD only"}',
        );
      }
      expect(server.reached.count).toBe(0);
    },
  );
});
