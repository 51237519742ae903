import { describe, expect, it } from "vitest";
import { startGuarded } from "../support/guarded-server.js";

const ORIGIN = { origin: "https://inspector.example" };
const PREFLIGHT = { ...ORIGIN, "access-control-request-method": "POST" };

describe("CORS", () => {
  it("RS-34: a preflight needs no token and reaches nothing", async () => {
    const server = await startGuarded();
    const answer = await server.ask(undefined, { method: "OPTIONS", headers: PREFLIGHT });
    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("access-control-allow-methods")).toBe("GET, POST, DELETE");
    expect(answer.headers.get("access-control-allow-headers")).toBe(
      "authorization, content-type, last-event-id, mcp-method, mcp-name, mcp-protocol-version, mcp-session-id",
    );
    expect(answer.headers.get("access-control-max-age")).toBe("86400");
    expect(answer.headers.has("access-control-allow-credentials")).toBe(false);
    expect(server.reached.count).toBe(0);
  });

  it("RS-34: allows headers of the MCP namespace as asked, and no others", async () => {
    const server = await startGuarded();
    const headers = {
      ...PREFLIGHT,
      "access-control-request-headers": `Mcp-Param-Region, x-mcp-proxy-auth ,mcp-session-id,x-api-key,cookie,mcp-${"a".repeat(65)},mcp-a b,`,
    };
    const answer = await server.ask(undefined, { method: "OPTIONS", headers });
    expect(answer.headers.get("access-control-allow-headers")).toBe(
      "authorization, content-type, last-event-id, mcp-method, mcp-name, mcp-protocol-version, mcp-session-id, mcp-param-region, x-mcp-proxy-auth",
    );
  });

  it.each([
    ["no Origin", { "access-control-request-method": "POST" }],
    ["no method", ORIGIN],
    ["neither", {}],
  ])("RS-31: OPTIONS with %s is no preflight and needs a token", async (_, headers) => {
    const server = await startGuarded();
    expect((await server.ask(undefined, { method: "OPTIONS", headers })).status).toBe(401);
  });

  it("RS-31: no other method passes as a preflight", async () => {
    const server = await startGuarded();
    for (const method of ["POST", "GET", "DELETE"]) {
      expect((await server.ask(undefined, { method, headers: PREFLIGHT })).status).toBe(401);
    }
    expect(server.reached.count).toBe(0);
  });

  it("RS-34: a browser may read why it was refused, and every answer's MCP headers", async () => {
    const server = await startGuarded();
    const refused = await server.ask(undefined, { headers: ORIGIN });
    const accepted = await server.ask(server.issuer.sign(), { headers: ORIGIN });
    for (const answer of [refused, accepted]) {
      expect(answer.headers.get("access-control-allow-origin")).toBe("*");
      expect(answer.headers.get("access-control-expose-headers")).toBe(
        "WWW-Authenticate, Mcp-Session-Id, Retry-After",
      );
    }
  });

  it("RS-34: keeps what the host's own CORS says, and adds to what it exposes", async () => {
    const server = await startGuarded({
      before: (_, response) => {
        response.setHeader("Access-Control-Allow-Origin", "https://app.example");
        response.setHeader(
          "Access-Control-Expose-Headers",
          "Content-Type, Authorization, mcp-session-id",
        );
      },
    });
    const refused = await server.ask(undefined, { headers: ORIGIN });
    const accepted = await server.ask(server.issuer.sign(), { headers: ORIGIN });
    for (const answer of [refused, accepted]) {
      expect(answer.headers.get("access-control-allow-origin")).toBe("https://app.example");
      expect(answer.headers.get("access-control-expose-headers")).toBe(
        "Content-Type, Authorization, Mcp-Session-Id, WWW-Authenticate, Retry-After",
      );
    }
  });

  it("merges a list of exposed headers too", async () => {
    const server = await startGuarded({
      before: (_, response) =>
        response.setHeader("Access-Control-Expose-Headers", ["X-One", "X-Two"]),
    });
    const answer = await server.ask(undefined);
    expect(answer.headers.get("access-control-expose-headers")).toBe(
      "X-One, X-Two, WWW-Authenticate, Mcp-Session-Id, Retry-After",
    );
  });
});
