import { describe, expect, it } from "vitest";
import { getAccess, type AccessMap, type Condition } from "../../src/index.js";
import { ACME, ADA, call, GLOBEX, LATER, startToolServer, workosFake } from "./tool-server.js";

describe("a rule with several alternatives", () => {
  const DOWN = { ...workosFake(), status: 503 };

  it.each<[string, Condition]>([
    ["another organization", { permissions: ["reports:read"], organization: GLOBEX }],
    ["a scope", { scopes: ["reports"] }],
  ])("sends no user to sign in for %s while the other is unknown", async (_, second) => {
    const access: AccessMap = {
      tools: { t: { anyOf: [{ permissions: ["reports:read"] }, second] } },
    };
    const down = await startToolServer({ access }, { workos: DOWN });
    const reply = await down.send(down.token(), call("t"));
    expect([reply.status, reply.headers.get("retry-after")]).toEqual([503, "5"]);
    const up = await startToolServer({ access });
    expect((await up.send(up.token(), call("t"))).status).toBe(200);
  });

  it("tells a customer of the role it lacks, and not of an organization it does not belong to", async () => {
    const server = await startToolServer({
      access: {
        tools: {
          t: { anyOf: [{ role: "admin" }, { role: "support", organization: "org_01VENDOR" }] },
        },
      },
    });
    const { text } = await server.send(server.token(), call("t"));
    expect(text).toContain('it needs the role \\"admin\\"');
    expect(text).not.toContain("org_01VENDOR");
  });
});

describe("a sign-in that did not help", () => {
  const access: AccessMap = {
    tools: { t: { anyOf: [{ scopes: ["mail"] }, { role: "admin" }] }, u: { scopes: ["files"] } },
  };

  it("is followed by what another alternative lacks", async () => {
    const server = await startToolServer({ access });
    expect((await server.send(server.token(), call("t"))).status).toBe(403);
    const { status, text } = await server.send(server.token(LATER), call("t"));
    expect(status).toBe(200);
    expect(text).toContain('it needs the role \\"admin\\"');
  });

  it("is followed by the scopes themselves, when several uses needed them", async () => {
    const server = await startToolServer({ access });
    const batch = [call("t", {}, 1), call("u", {}, 2)];
    const challenged = await server.send(server.token({ scope: "openid" }), batch);
    expect(challenged.headers.get("www-authenticate")).toContain('scope="files mail openid"');
    const { text } = await server.send(server.token({ scope: "openid", ...LATER }), batch);
    expect(text).toContain('it needs the scopes \\"files\\", \\"mail\\", which your newer token');
    expect(text).not.toContain("admin");
  });
});

describe("a challenge for a scope", () => {
  it("T-08: repeats no granted scope that its grammar forbids", async () => {
    const server = await startToolServer({ access: { tools: { t: { scopes: ["mail"] } } } });
    const token = server.token({ scope: 'openid a"b c\\d é' });
    const reply = await server.send(token, call("t"));
    expect([reply.status, reply.headers.get("www-authenticate")]).toEqual([
      403,
      expect.stringContaining('scope="mail openid"'),
    ]);
  });
});

describe("an organization that was not chosen", () => {
  it("is named for programs, as it was in the challenge before", async () => {
    const workos = workosFake();
    workos.memberships[`${ADA} ${GLOBEX}`] = { roles: ["member"] };
    const access: AccessMap = { tools: { t: { organization: GLOBEX } } };
    const server = await startToolServer({ access }, { workos });
    expect((await server.send(server.token(), call("t"))).status).toBe(401);
    const { text } = await server.send(server.token(LATER), call("t"));
    expect(text).toContain(
      '"xmcp.dev/access-denied":{"reason":"organization_not_chosen","missing":{"organization":["org_01GLOBEX"]}}',
    );
  });
});

describe("where the URL selects the organization", () => {
  it("access.require() names the other one's URL too", async () => {
    const workos = workosFake();
    workos.memberships[`${ADA} ${GLOBEX}`] = { roles: ["member"] };
    const server = await startToolServer(
      { organizationInPath: true },
      {
        workos,
        tool: async () => {
          (await getAccess()).require({ organization: GLOBEX }, { name: "the ledger" });
        },
      },
    );
    const token = server.token({ org_id: ACME, aud: `https://mcp.example.com/mcp/o/${ACME}` });
    const { text } = await server.send(token, call("t"), { path: `/mcp/o/${ACME}` });
    expect(text).toContain(
      "To use the tool the ledger, connect to the organization that it is for, at https://mcp.example.com/mcp/o/org_01GLOBEX",
    );
  });

  it("a rule for another one names that one's URL, and no client ends in a sign-in loop", async () => {
    const workos = workosFake();
    workos.memberships[`${ADA} ${GLOBEX}`] = { roles: ["member"] };
    const server = await startToolServer(
      { organizationInPath: true, access: { tools: { t: { organization: GLOBEX } } } },
      { workos },
    );
    const ask = async (organization: string): Promise<string> => {
      const token = server.token({
        org_id: organization,
        aud: `https://mcp.example.com/mcp/o/${organization}`,
      });
      const { status, text } = await server.send(token, call("t"), {
        path: `/mcp/o/${organization}`,
      });
      return `${status} ${text}`;
    };
    const denied = await ask(ACME);
    expect(denied).toMatch(/^200 /);
    expect(denied).toContain(
      "To use the tool t, connect to the organization that it is for, at https://mcp.example.com/mcp/o/org_01GLOBEX: this URL is for another one.",
    );
    expect(denied).toContain(
      '"reason":"organization_elsewhere","urls":["https://mcp.example.com/mcp/o/org_01GLOBEX"]',
    );
    expect(await ask(ACME)).toBe(denied);
    expect(await ask(GLOBEX)).not.toContain("isError");
  });
});
