import { describe, expect, it } from "vitest";
import { startGuarded, type GuardedServerOptions } from "../support/guarded-server.js";

const ROOT = { endpoint: "/", audience: "resource" } as const;

async function statusFor(
  aud: string | readonly string[],
  config: GuardedServerOptions["config"] = ROOT,
): Promise<number> {
  const { issuer, ask } = await startGuarded({ config });
  return (await ask(issuer.sign({ claims: { aud } }), { path: "/" })).status;
}

describe("T-03: a resource without a path", () => {
  it.each([["https://mcp.example.com"], ["https://mcp.example.com/"]])(
    "accepts the audience %s (RFC 3986 section 6.2.3)",
    async (aud) => {
      expect(await statusFor(aud)).toBe(200);
      expect(await statusFor([aud])).toBe(200);
    },
  );

  it("accepts both spellings of a former name, whichever the operator lists", async () => {
    for (const listed of ["https://old.example", "https://old.example/"]) {
      const config = { endpoint: "/", formerResources: [listed] } as const;
      expect(await statusFor("https://old.example", config)).toBe(200);
      expect(await statusFor("https://old.example/", config)).toBe(200);
    }
  });

  it.each([
    ["https://mcp.example.com//"],
    ["https://mcp.example.com/?"],
    ["https://mcp.example.com/#"],
    ["https://MCP.example.com/"],
    ["https://mcp.example.com:443/"],
    ["http://mcp.example.com/"],
  ])("refuses %s", async (aud) => {
    expect(await statusFor(aud)).toBe(401);
  });
});

describe("T-03: a resource with a path", () => {
  it("refuses itself with a final slash, which is another URI", async () => {
    expect(await statusFor("https://mcp.example.com/mcp/", { audience: "resource" })).toBe(401);
    const config = { baseURL: "https://mcp.example.com/tools/", ...ROOT };
    expect(await statusFor("https://mcp.example.com/tools/", config)).toBe(401);
    expect(await statusFor("https://mcp.example.com/tools", config)).toBe(200);
  });
});
