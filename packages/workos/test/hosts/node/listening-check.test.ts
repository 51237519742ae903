import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { startGuarded } from "../../support/guarded-server.js";
import type { GuardedServer } from "../../support/guarded-server.js";
import type { WorkOSProviderConfig } from "../../../src/index.js";

/** Calls once with a good token on each path, and gives what was advised. */
async function adviceOn(
  config: WorkOSProviderConfig,
  ...calls: { method?: string; path?: string; headers?: Record<string, string> }[]
): Promise<{ advice: string[]; server: GuardedServer }> {
  const server = await startGuarded({ config });
  const headers = { accept: "application/json, text/event-stream" };
  for (const call of calls) await server.ask(server.issuer.sign(), { headers, ...call });
  return { advice: server.lines.filter((line) => /listening_|endpoint_/.test(line)), server };
}

describe("where the server listens", () => {
  it("is reported once with the cure, when it is another port of this machine", async () => {
    const { advice, server } = await adviceOn({ baseURL: "http://127.0.0.1:3002" }, {}, {});
    expect(advice).toEqual([
      `warn [workos] listening_elsewhere: this server listens on port ${server.port}, but baseURL says http://127.0.0.1:3002: clients are sent there. Free port 3002 (xmcp moves to the next port when one is taken) or set http.port and BASE_URL alike`,
    ]);
  });

  it("is reported without any request, once all servers of the process had time to listen", async () => {
    const later: (() => void)[] = [];
    const schedule = (run: () => void): (() => void) => {
      later.push(run);
      return () => undefined;
    };
    const server = await startGuarded({ config: { baseURL: "http://127.0.0.1:3002" }, schedule });
    const advice = (): string[] => server.lines.filter((line) => line.includes("listening_"));
    expect(advice()).toEqual([]);
    for (const run of later) run();
    expect(advice()).toEqual([
      `warn [workos] listening_elsewhere: this server listens on port ${server.port}, but baseURL says http://127.0.0.1:3002: clients are sent there. Free port 3002 (xmcp moves to the next port when one is taken) or set http.port and BASE_URL alike`,
    ]);
    await server.ask();
    expect(advice()).toHaveLength(1);
  });

  it("is right when any server of the process listens there", async () => {
    const probe = createServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const later: (() => void)[] = [];
    const schedule = (run: () => void): (() => void) => {
      later.push(run);
      return () => undefined;
    };
    const server = await startGuarded({
      config: { baseURL: `http://127.0.0.1:${port}` },
      schedule,
    });
    const second = createServer().listen(port, "127.0.0.1");
    await once(second, "listening");
    for (const run of later) run();
    expect(server.lines.filter((line) => line.includes("listening_"))).toEqual([]);
    await new Promise((resolve) => second.close(resolve));
  });

  it("is compared with port 80 when baseURL names none", async () => {
    const { advice } = await adviceOn({ baseURL: "http://localhost" }, {});
    expect(advice[0]).toContain("Free port 80 ");
  });

  it.each(["https://mcp.example.com", "https://localhost:8443"])(
    "is no matter behind a proxy: %s",
    async (baseURL) => {
      expect((await adviceOn({ baseURL }, {})).advice).toEqual([]);
    },
  );
});

describe("the endpoint", () => {
  it("is reported once, when MCP requests arrive elsewhere", async () => {
    const { advice } = await adviceOn({}, { path: "/api" }, { path: "/api" });
    expect(advice).toEqual([
      "warn [workos] endpoint_differs: MCP requests with a good token arrive on another path than /mcp. If http.endpoint in xmcp.config.ts is not /mcp, give the same value to workosProvider({ endpoint }), or clients will refuse the metadata",
    ]);
  });

  it("is compared as Express does, without query, letter case and a slash behind", async () => {
    const calls = ["/mcp", "/MCP", "/mcp/", "/mcp?x=1"].map((path) => ({ path }));
    expect((await adviceOn({}, ...calls)).advice).toEqual([]);
  });

  it("may be what a proxy shows of it", async () => {
    const config = { baseURL: "https://mcp.example.com/tenant" };
    const { advice } = await adviceOn(config, { path: "/tenant/mcp" }, { path: "/mcp" });
    expect(advice).toEqual([]);
  });

  it("is no matter for another method than POST", async () => {
    expect((await adviceOn({}, { path: "/api", method: "GET" })).advice).toEqual([]);
  });

  it("is no matter for what is no MCP client, such as a scanner", async () => {
    expect((await adviceOn({}, { path: "/wp-login.php", headers: {} })).advice).toEqual([]);
    const accept = { accept: "application/json" };
    expect((await adviceOn({}, { path: "/api", headers: accept })).advice).toEqual([]);
  });

  it("is noticed before a user has signed in", async () => {
    const server = await startGuarded();
    const headers = { accept: "application/json, text/event-stream" };
    expect((await server.ask(undefined, { path: "/api", headers })).status).toBe(401);
    expect(server.lines.at(-1)).toContain("endpoint_differs");
  });

  it("is reported for a client's call although a stranger tried other paths before", async () => {
    const server = await startGuarded();
    const headers = { accept: "application/json, text/event-stream" };
    for (const path of ["/a", "/b", "/c"]) await server.ask(undefined, { path, headers });
    await server.ask(server.issuer.sign(), { path: "/api", headers });
    const lines = server.lines.filter((line) => line.includes("endpoint_differs"));
    expect(lines.map((line) => /requests (with(?:out a| a good) token)/.exec(line)?.[1])).toEqual([
      "without a token",
      "with a good token",
    ]);
  });

  it("is no matter for what strangers try once clients get in", async () => {
    const server = await startGuarded();
    const headers = { accept: "application/json, text/event-stream" };
    await server.ask(server.issuer.sign(), { headers });
    await server.ask(undefined, { path: "/api", headers });
    expect(server.lines.filter((line) => line.includes("endpoint_differs"))).toEqual([]);
  });

  it.each(["/mcp/o/org_01ACME", "/MCP/o/org_01ACME/"])(
    "is right at the URL of an organization: %s",
    async (path) => {
      const { advice } = await adviceOn({ organizationInPath: true }, { path });
      expect(advice).toEqual([]);
    },
  );

  it("may be the root", async () => {
    expect((await adviceOn({ endpoint: "/" }, { path: "/" })).advice).toEqual([]);
  });
});
