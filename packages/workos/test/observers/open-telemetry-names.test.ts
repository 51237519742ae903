import { describe, expect, it } from "vitest";
import { call, startTelemetryServer } from "./telemetry-server.js";

describe("the names that metrics tell apart", () => {
  it("tells no more than 200 names apart, whatever callers invent", async () => {
    const server = await startTelemetryServer({
      config: { access: { tools: { "*": "authenticated" } } },
    });
    for (let index = 0; index < 205; index += 1) {
      const response = await server.post(call(`invented_${index}`));
      await response.text();
    }
    await server.spans(410);
    const names = (await server.points()).map(
      ([, attributes]) => (attributes as Record<string, unknown>)["gen_ai.tool.name"],
    );
    expect(new Set(names).size).toBe(201);
    expect(names).toContain("_OTHER");
  });

  it("keeps the places of real tools when callers invent names that no caller may use", async () => {
    const server = await startTelemetryServer();
    for (let index = 0; index < 205; index += 1) {
      await (await server.post(call(`invented_${index}`))).text();
    }
    await (await server.post(call("secret"))).text();
    await (await server.post(call("refund"))).text();
    await server.spans(208);
    const names = (await server.points()).flatMap(([name, attributes]) =>
      name === "mcp.server.operation.duration"
        ? [(attributes as Record<string, unknown>)["gen_ai.tool.name"]]
        : [],
    );
    expect(names).toEqual(["_OTHER", "secret", "refund"]);
  });

  it("keeps the places of real methods, and tells no versions apart that there are not", async () => {
    const server = await startTelemetryServer();
    for (let index = 0; index < 205; index += 1) {
      const headers = { "mcp-protocol-version": `v${index}` };
      const answer = await server.post(
        { jsonrpc: "2.0", id: 1, method: `x/${index}` },
        { headers },
      );
      await answer.text();
    }
    await (await server.post({ jsonrpc: "2.0", id: 1, method: "tools/list" })).text();
    await server.spans(412);
    const points = (await server.points()).map(
      ([, attributes]) => attributes as Record<string, unknown>,
    );
    const methods = points.map((attributes) => attributes["mcp.method.name"]);
    expect(methods).toContain("tools/list");
    expect(methods).toContain("_OTHER");
    expect(new Set(methods).size).toBeLessThanOrEqual(201);
    expect(new Set(points.map((attributes) => attributes["mcp.protocol.version"]))).toEqual(
      new Set(["_OTHER", "2025-11-25"]),
    );
  });
});
