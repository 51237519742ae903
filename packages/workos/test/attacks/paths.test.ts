import { describe, expect, it } from "vitest";
import { rawCall, startGuarded } from "../support/guarded-server.js";
import { TARGETS } from "./targets.js";

describe("T-01: whatever the path, what is no document needs a token", () => {
  it.each(["GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"])(
    "RS-31 RS-73: by %s",
    async (method) => {
      const server = await startGuarded({
        config: { publicPaths: ["/health"] },
        handler: (_, response) => response.end("reached"),
      });
      const answers = await Promise.all(
        TARGETS.map(
          async (target) =>
            [target, (await rawCall(server.port, `${method} ${target}`)).status] as const,
        ),
      );
      // 400 is Node's own, for targets that its parser refuses.
      expect(answers.filter(([, status]) => status !== 401 && status !== 400)).toEqual([]);
      expect(server.reached.count).toBe(0);
    },
  );

  it("RS-31: the same targets are reached with one, so that these tests test something", async () => {
    const server = await startGuarded({ handler: (_, response) => response.end("reached") });
    const authorization = `Authorization: Bearer ${server.issuer.sign()}`;
    for (const target of [
      "/mcp",
      "/MCP",
      "//mcp",
      "/mcp%2f",
      "http://evil.example/mcp",
      "/.well-known/",
    ]) {
      expect([
        target,
        (await rawCall(server.port, `POST ${target}`, [authorization])).status,
      ]).toEqual([target, 200]);
    }
  });

  it.each(["/api/v2/mcp", "/", "/x"])(
    "RS-31: wherever the endpoint is configured: %s",
    async (endpoint) => {
      const server = await startGuarded({ config: { endpoint } });
      for (const path of ["/", "/x", "/mcp", "/api/v2/mcp", "/API/v2/mcp/"]) {
        expect((await server.ask(undefined, { path })).status).toBe(401);
      }
      expect(server.reached.count).toBe(0);
    },
  );

  it("a preflight's headers open nothing on another method", async () => {
    const server = await startGuarded();
    const headers = ["Origin: https://evil.example", "Access-Control-Request-Method: POST"];
    for (const method of ["POST", "GET", "DELETE", "HEAD"]) {
      expect((await rawCall(server.port, `${method} /mcp`, headers)).status).toBe(401);
    }
    // Nor does a header that some frameworks take for the method.
    const override = ["X-HTTP-Method-Override: OPTIONS", ...headers];
    expect((await rawCall(server.port, "POST /mcp", override)).status).toBe(401);
  });
});
