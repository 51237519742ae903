import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createMcpExpressApp } from "@modelcontextprotocol/sdk/server/express.js";
import { describe, expect, it, onTestFinished } from "vitest";
import { workosProvider, type WorkOSProviderConfig } from "../../src/index.js";
import {
  collect,
  GOOD_CONFIG,
  rawCall,
  startGuarded,
  type GuardedServer,
} from "../support/guarded-server.js";
import { CLIENT_ID, createHomeIssuer, NOW, SECONDS } from "../support/issuer.js";

const ACME = "org_01ACME";
const GLOBEX = "org_01GLOBEX";
const RESOURCE = "https://mcp.example.com/mcp";

const start = (config: WorkOSProviderConfig = {}): Promise<GuardedServer> =>
  startGuarded({ config: { organizationInPath: true, ...config } });

const bodyOf = async (response: Response): Promise<Record<string, unknown>> =>
  (await response.json()) as Record<string, unknown>;

/** What the guard said: the status and the reason, or the resource that the tool saw. */
async function outcome(
  { ask }: GuardedServer,
  token: string | undefined,
  path: string,
): Promise<[number, unknown]> {
  const response = await ask(token, { path });
  const body = await bodyOf(response);
  return [response.status, body["reason"] ?? "reached"];
}

describe("organizationInPath", () => {
  it("gives each organization a resource with its own metadata and challenge", async () => {
    const server = await start();
    const response = await server.ask(undefined, { path: `/mcp/o/${ACME}` });
    const url = `https://mcp.example.com/.well-known/oauth-protected-resource/mcp/o/${ACME}`;
    expect(response.headers.get("www-authenticate")).toBe(`Bearer resource_metadata="${url}"`);
    const document = await server.ask(undefined, { method: "GET", path: new URL(url).pathname });
    expect(await bodyOf(document)).toMatchObject({
      resource: `${RESOURCE}/o/${ACME}`,
      authorization_servers: ["https://acme.authkit.app"],
    });
    const copy = `/.well-known/oauth-authorization-server/mcp/o/${ACME}`;
    const metadata = await server.ask(undefined, { method: "GET", path: copy });
    expect((await bodyOf(metadata))["issuer"]).toBe("https://acme.authkit.app");
    for (const path of [
      "/.well-known/oauth-protected-resource/mcp/o/acme",
      "/.well-known/oauth-protected-resource/mcp/x/org_01ACME",
    ]) {
      const other = await server.ask(undefined, { method: "GET", path });
      expect([other.status, (await bodyOf(other))["reason"]]).toEqual([
        404,
        "organization_malformed",
      ]);
    }
    const closed = await startGuarded();
    const none = await closed.ask(undefined, { method: "GET", path: new URL(url).pathname });
    expect(none.status).toBe(401);
  });

  it.each([
    // Its own resource, in its organization.
    [`${RESOURCE}/o/${ACME}`, ACME, `/mcp/o/${ACME}`, [200, "reached"]],
    // The environment's audience, in the organization that the URL selects.
    [CLIENT_ID, ACME, `/mcp/o/${ACME}`, [200, "reached"]],
    [`${RESOURCE}/o/${ACME}`, ACME, `/mcp/o/${GLOBEX}`, [401, "wrong_audience"]],
    [`${RESOURCE}/o/${ACME}`, ACME, "/mcp", [401, "wrong_audience"]],
    [RESOURCE, ACME, `/mcp/o/${ACME}`, [401, "wrong_audience"]],
    [[RESOURCE, `${RESOURCE}/o/${ACME}`], ACME, `/mcp/o/${ACME}`, [401, "wrong_audience"]],
    [CLIENT_ID, GLOBEX, `/mcp/o/${ACME}`, [401, "wrong_organization"]],
    [CLIENT_ID, undefined, `/mcp/o/${ACME}`, [401, "wrong_organization"]],
    [RESOURCE, ACME, "/mcp", [200, "reached"]],
  ])("a token for %j in %s at %s", async (aud, organization, path, expected) => {
    const server = await start();
    const claims = { org_id: organization, aud };
    expect(await outcome(server, server.issuer.sign({ claims }), path)).toEqual(expected);
  });

  it.each([
    ["/mcp/", 200],
    ["/MCP", 200],
    ["/MCP/", 200],
    ["/elsewhere", 200],
    ["/elsewhere/a%20b", 200],
    ["/o/acme", 200],
    ["/tenant/mcp", 200],
    ["/tenant/mcp/", 200],
    ["/mcp%2F", 200],
    [`/tenant/mcp/o/${ACME}`, 404],
    [`/tenant/MCP/O/${ACME}`, 404],
    [`/anywhere/o/${ACME}`, 404],
    [`/o/${ACME}`, 404],
    [`//mcp/o/${ACME}`, 404],
    [`/%6dcp/o/${ACME}`, 404],
    [`/mcp%2Fo%2F${ACME}`, 404],
    [`/mcp%252Fo%252F${ACME}`, 404],
    [`/mcp%5Co%5C${ACME}`, 404],
    ["/tenant/mcp/x", 404],
    ["/x/%25252541", 404],
    ["/mcp/o/", 404],
    ["/mcp/o/acme", 404],
    [`/mcp/o/${ACME}/`, 404],
    [`/mcp/o/${ACME}/x`, 404],
    [`/mcp/O/${ACME}`, 404],
    [`/MCP/o/${ACME}`, 404],
    [`/mcp//o/${ACME}`, 404],
    [`/mcp/%6f/${ACME}`, 404],
    ["/mcp/x", 404],
  ])("the path %s is one resource or none: %i", async (path, status) => {
    const server = await start();
    const reason = status === 404 ? "organization_malformed" : "reached";
    expect(await outcome(server, server.issuer.sign(), path)).toEqual([status, reason]);
    expect(server.reached.count).toBe(status === 404 ? 0 : 1);
  });

  it.each([`http://mcp.example.com/mcp/o/${ACME}`, "http://mcp.example.com/mcp", "*"])(
    "T-01: the target %s is no place, whatever a router makes of it",
    async (target) => {
      const server = await start();
      const authorization = `Authorization: Bearer ${server.issuer.sign({ claims: { org_id: GLOBEX } })}`;
      const answer = await rawCall(server.port, `POST ${target}`, [authorization]);
      expect([answer.status, server.reached.count]).toEqual([404, 0]);
    },
  );

  it.each([
    `/mcp\\o\\${ACME}#`,
    `/MCP\\O\\${ACME}#`,
    `/mcp\\o\\${ACME}`,
    `/mcp/o/${ACME}#`,
    "/mcp#",
    `/\\mcp/o/${ACME}#`,
    `/x/%2e%2e/mcp/o/${ACME}`,
  ])("T-17: the path %s, which routers read differently, is no place", async (path) => {
    const server = await start();
    const token = `Authorization: Bearer ${server.issuer.sign({ claims: { org_id: GLOBEX } })}`;
    const { status, body } = await rawCall(server.port, `POST ${path}`, [token]);
    expect([status, JSON.parse(body)]).toMatchObject([404, { reason: "organization_malformed" }]);
    expect(server.reached.count).toBe(0);
  });

  describe("T-17: under Express", () => {
    /** The paths below the endpoint that Express hands on, under `/mcp` and a prefix that `baseURL` lacks. */
    async function startExpress(config?: WorkOSProviderConfig) {
      const reached: string[] = [];
      const app = createMcpExpressApp({ allowedHosts: ["mcp.example.com"] });
      const issuer = createHomeIssuer();
      if (config !== undefined) {
        const surroundings = { env: {}, fetch: issuer.fetch, now: () => NOW };
        const guard = workosProvider(
          { ...GOOD_CONFIG, log: { logger: collect([]) }, ...config },
          surroundings,
        );
        app.use((request, response, next) => void guard(request, response, next));
      }
      app.use(["/mcp", "/tenant/mcp"], (request, response) => {
        reached.push(request.path);
        response.end("{}");
      });
      const server = await new Promise<Server>((resolve) => {
        const listening = app.listen(0, "127.0.0.1", () => {
          resolve(listening);
        });
      });
      onTestFinished(() => {
        server.closeAllConnections();
        server.close();
      });
      const { port } = server.address() as AddressInfo;
      const token = `Authorization: Bearer ${issuer.sign({ claims: { org_id: GLOBEX } })}`;
      const post = async (path: string): Promise<number> =>
        (await rawCall(port, `POST ${path}`, [token])).status;
      return { reached, post };
    }

    it.each([
      [`/mcp\\o\\${ACME}#`, `//o/${ACME}`],
      [`/MCP\\O\\${ACME}#`, `//O/${ACME}`],
      [`/tenant/mcp/o/${ACME}`, `/o/${ACME}`],
      [`/tenant\\mcp\\o\\${ACME}#`, `//o/${ACME}`],
    ])(
      "%s is read as %s, and never served for another organization's token",
      async (path, read) => {
        const open = await startExpress();
        expect([await open.post(path), open.reached]).toEqual([200, [read]]);
        const guarded = await startExpress({ organizationInPath: true });
        expect([await guarded.post(path), guarded.reached]).toEqual([404, []]);
        expect([await guarded.post("/mcp"), guarded.reached]).toEqual([200, ["/"]]);
      },
    );
  });

  it("says of a place that is none that it is not found, without a challenge", async () => {
    const { ask, issuer } = await start();
    const response = await ask(issuer.sign(), { path: "/mcp/o/acme" });
    expect(await bodyOf(response)).toEqual({
      error: "not_found",
      error_description: "There is no such organization",
      reason: "organization_malformed",
    });
    expect(response.headers.has("www-authenticate")).toBe(false);
  });

  it("is challenged once for the wrong organization, then told", async () => {
    const server = await start();
    const path = `/mcp/o/${ACME}`;
    const claims = { org_id: GLOBEX, aud: CLIENT_ID };
    const first = server.issuer.sign({ claims });
    expect(await outcome(server, first, path)).toEqual([401, "wrong_organization"]);
    expect(await outcome(server, first, path)).toEqual([401, "wrong_organization"]);
    const newer = server.issuer.sign({ claims: { ...claims, iat: SECONDS + 1, jti: "jti_02" } });
    expect(await outcome(server, newer, path)).toEqual([403, "organization_refused"]);
  });

  it("works behind a proxy that strips the prefix, and at the root", async () => {
    const behind = await start({ baseURL: "https://example.com/tools" });
    const response = await behind.ask(undefined, { path: `/mcp/o/${ACME}` });
    expect(response.headers.get("www-authenticate")).toBe(
      `Bearer resource_metadata="https://example.com/.well-known/oauth-protected-resource/tools/mcp/o/${ACME}"`,
    );
    const whole = await behind.ask(undefined, { path: `/tools/mcp/o/${ACME}` });
    expect(whole.headers.get("www-authenticate")).toBe(response.headers.get("www-authenticate"));

    const root = await start({ endpoint: "/" });
    const atRoot = await root.ask(undefined, { path: `/o/${ACME}` });
    expect(atRoot.headers.get("www-authenticate")).toBe(
      `Bearer resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/o/${ACME}"`,
    );
  });

  it("an API key is never sent to sign in", async () => {
    const server = await startGuarded({
      config: { organizationInPath: true, callers: ["user", "api-key"] },
      handler: (_request, response) => void response.end("{}"),
      fetch: () =>
        Promise.resolve(
          Response.json({
            api_key: {
              object: "api_key",
              id: "api_key_01",
              owner: { type: "organization", id: GLOBEX },
              name: "Nightly",
              obfuscated_value: "sk_…",
              permissions: [],
              last_used_at: null,
              created_at: "2026-01-01T00:00:00Z",
              updated_at: "2026-01-01T00:00:00Z",
            },
          }),
        ),
    });
    const key = "sk_nightly_export_0123";
    expect(await outcome(server, key, `/mcp/o/${ACME}`)).toEqual([403, "organization_refused"]);
    expect(await outcome(server, key, `/mcp/o/${GLOBEX}`)).toEqual([200, "reached"]);
  });

  it("is true or false", async () => {
    await expect(start({ organizationInPath: "yes" as never })).rejects.toThrow(
      "organizationInPath must be true or false",
    );
  });
});
