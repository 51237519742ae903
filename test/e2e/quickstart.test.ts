import { defaultSeed } from "@xmcp-dev/authkit-emulator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CLIENT_METADATA_URL, startPair, type Pair } from "../support/authkit.ts";
import { sdkClients } from "../support/mcp-clients.ts";
import { HeadlessOAuthClient } from "../support/oauth-client.ts";
import { modern, postRpc } from "../support/rpc.ts";

const ADA = "user_01K0ADA0000000000000000000";
const GRACE = "user_01K0GRACE00000000000000000";
const ALAN = "user_01K0A1AN000000000000000000";
const ACME = "org_01K0ACME000000000000000000";
const GLOBEX = "org_01K0G10BEX0000000000000000";

let pair: Pair;

beforeAll(async () => {
  pair = await startPair("quickstart", {
    seed: {
      users: [
        ...defaultSeed.users,
        { id: "user_01K0NAMELESS00000000000000", email: "nameless@acme.test" },
        { id: "user_01K0RENAMED000000000000000", email: "old@acme.test", firstName: "Old" },
      ],
    },
  });
});

afterAll(async () => {
  await pair?.stop();
});

const registrations = [
  ["CIMD", CLIENT_METADATA_URL, /^https:\/\/client\.example\.com\/oauth\/client\.json$/],
  ["DCR", undefined, /^client_[0-9A-Z]+$/],
] as const;

describe.each(Object.entries(sdkClients))("%s", (name, connect) => {
  it.each(registrations)(
    "signs in by %s through the pages and calls a tool that knows who calls",
    async (_kind, metadataUrl, clientId) => {
      const oauth = new HeadlessOAuthClient({ user: ADA, organization: GLOBEX }, metadataUrl);
      const client = await connect(pair.app.mcpUrl, oauth);

      expect(await client.callTool("greet")).toBe(`Hello Ada! Your user ID is ${ADA}`);
      const session = JSON.parse(await client.callTool("session")) as Record<string, unknown>;
      expect(session).toMatchObject({
        userId: ADA,
        organizationId: GLOBEX,
        scopes: ["openid", "profile", "email", "offline_access"],
        sessionId: expect.stringMatching(/^app_consent_[0-9A-Z]+$/),
      });
      expect(session["clientId"]).toMatch(clientId);

      expect(oauth.visits).toHaveLength(1);
      const [{ request, visit }] = oauth.visits as [(typeof oauth.visits)[number]];
      expect(visit.pages).toEqual(["sign-in", "organization", "consent"]);
      // AS-07, AS-11: what a real client sent, and what the server asked for.
      expect(request.searchParams.get("code_challenge_method")).toBe("S256");
      expect(request.searchParams.get("resource")).toBe(pair.app.mcpUrl);
      await client.close();
    },
  );

  it("speaks the protocol revision it was asked to", async () => {
    const client = await connect(pair.app.mcpUrl, new HeadlessOAuthClient({ user: ALAN }));
    expect(client.protocolVersion).toBe(name.endsWith("2026-07-28") ? "2026-07-28" : "2025-11-25");
    await client.close();
  });

  it("refreshes an expired access token without asking the person again", async () => {
    const oauth = new HeadlessOAuthClient({ user: GRACE });
    const client = await connect(pair.app.mcpUrl, oauth);
    const expired = await pair.authkit.forgeToken({
      claims: { sub: GRACE, org_id: ACME },
      expiresInSeconds: -60,
    });
    oauth.replaceAccessToken(expired);
    expect(await client.callTool("greet")).toBe(`Hello Grace! Your user ID is ${GRACE}`);
    expect(oauth.accessToken).not.toBe(expired);
    expect(oauth.visits).toHaveLength(1);
    expect(pair.app.lines.filter((line) => line.includes("token_expired"))).not.toHaveLength(0);
    await client.close();
  });
});

describe("the quickstart's tools, checked against the seed", () => {
  const connect = sdkClients["client 2.x, 2026-07-28"];
  const call = async (
    choices: { user: string; organization?: string },
    tool: string,
    args: Record<string, unknown> = {},
  ): Promise<string> => {
    const client = await connect(pair.app.mcpUrl, new HeadlessOAuthClient(choices));
    const answer = await client.callTool(tool, args);
    await client.close();
    return answer;
  };
  const adaAtAcme = { user: ADA, organization: ACME };

  it("lists every tool", async () => {
    const client = await connect(pair.app.mcpUrl, new HeadlessOAuthClient({ user: ALAN }));
    const names = await client.listTools();
    expect(names.toSorted()).toEqual([
      "greet",
      "list_connections",
      "list_directory",
      "list_memberships",
      "list_organizations",
      "organization",
      "session",
      "update_name",
      "user",
      "view_document",
    ]);
    await client.close();
  });

  it("session: what the token says, with times", async () => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    const session = JSON.parse(await call({ user: ALAN }, "session")) as {
      issuedAt: string;
      expiresAt: string;
      organizationId?: string;
    };
    expect(session).not.toHaveProperty("organizationId");
    expect(Date.parse(session.issuedAt)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(session.expiresAt) - Date.parse(session.issuedAt)).toBe(300_000);
  });

  it("user: the profile", async () => {
    expect(JSON.parse(await call({ user: GRACE }, "user"))).toEqual({
      id: GRACE,
      email: "grace@acme.test",
      emailVerified: true,
      firstName: "Grace",
      lastName: "Hopper",
      profilePictureUrl: null,
    });
  });

  it("list_memberships: both organizations of Ada, with her roles", async () => {
    const memberships = JSON.parse(await call(adaAtAcme, "list_memberships")) as {
      organizationName: string;
    }[];
    expect(
      memberships.toSorted((a, b) => a.organizationName.localeCompare(b.organizationName)),
    ).toEqual([
      { organizationId: ACME, organizationName: "Acme", role: "admin", status: "active" },
      { organizationId: GLOBEX, organizationName: "Globex", role: "member", status: "active" },
    ]);
  });

  it("organization: the one chosen at sign-in, or none", async () => {
    expect(JSON.parse(await call(adaAtAcme, "organization"))).toEqual({
      id: ACME,
      name: "Acme",
      domains: ["acme.test"],
    });
    expect(await call({ user: ALAN }, "organization")).toBe(
      "You signed in without an organization",
    );
  });

  it("list_organizations: all of the environment", async () => {
    const organizations = JSON.parse(await call(adaAtAcme, "list_organizations")) as {
      name: string;
    }[];
    expect(organizations.map(({ name }) => name).toSorted()).toEqual(["Acme", "Globex"]);
  });

  it("list_directory: users and groups", async () => {
    const directory = JSON.parse(
      await call(adaAtAcme, "list_directory", {
        directory: "directory_01K0ACMED1R000000000000000",
      }),
    ) as { users: { email: string }[]; groups: { name: string }[] };
    expect(directory.users.map(({ email }) => email).toSorted()).toEqual([
      "ada@acme.test",
      "grace@acme.test",
    ]);
    expect(directory.groups.map(({ name }) => name).toSorted()).toEqual(["Engineering", "Finance"]);
  });

  it("view_document: one event in the organization's audit log", async () => {
    const noted = await call(adaAtAcme, "view_document", { document: "doc_123" });
    expect(noted).toBe(`Noted in the audit log: ${ADA} viewed doc_123`);
    expect(pair.authkit.auditLogEvents).toHaveLength(1);
    expect(pair.authkit.auditLogEvents[0]).toMatchObject({
      organizationId: ACME,
      action: "document.viewed",
      actor: { id: ADA, type: "user" },
      targets: [{ id: "doc_123", type: "document" }],
    });
  });

  it("list_connections: the organization's SSO connection", async () => {
    expect(JSON.parse(await call(adaAtAcme, "list_connections"))).toEqual([
      {
        id: "conn_01K0ACME0KTA00000000000000",
        name: "Acme Okta",
        type: "OktaSAML",
        state: "active",
      },
    ]);
  });

  it("greet: a person without a name is greeted by e-mail address", async () => {
    const nameless = "user_01K0NAMELESS00000000000000";
    expect(await call({ user: nameless }, "greet")).toBe(
      `Hello nameless@acme.test! Your user ID is ${nameless}`,
    );
  });

  it("greet: uses the new name right after update_name", async () => {
    const renamed = "user_01K0RENAMED000000000000000";
    expect(await call({ user: renamed }, "greet")).toBe(`Hello Old! Your user ID is ${renamed}`);
    await call({ user: renamed }, "update_name", { firstName: "New" });
    expect(await call({ user: renamed }, "greet")).toBe(`Hello New! Your user ID is ${renamed}`);
    expect(JSON.parse(await call({ user: renamed }, "user"))).toMatchObject({ firstName: "New" });
  });

  it("update_name: changes the caller's own profile", async () => {
    expect(await call({ user: ALAN }, "update_name", { firstName: "Alan Mathison" })).toBe(
      "Your first name is now Alan Mathison",
    );
    const response = await fetch(`${pair.authkit.url}/user_management/users/${ALAN}`, {
      headers: { authorization: `Bearer ${pair.authkit.apiKey}` },
    });
    expect(await response.json()).toMatchObject({
      first_name: "Alan Mathison",
      last_name: "Turing",
    });
  });
});

describe("a person who says no", () => {
  it("AS-06: is sent back with access_denied, and the client gets no token", async () => {
    const oauth = new HeadlessOAuthClient({ user: ALAN, decision: "deny" });
    await expect(sdkClients["sdk 1.x"](pair.app.mcpUrl, oauth)).rejects.toThrow("access_denied");
    expect(oauth.accessToken).toBeUndefined();
  });
});

describe("the transport behind the guard", () => {
  const mint = (expiresInSeconds = 300): Promise<string> =>
    pair.authkit.forgeToken({ claims: { sub: ALAN }, expiresInSeconds });

  it("T-13: lets no cache on the way keep an answer that is meant for one caller", async () => {
    const { body, headers } = modern("tools/list", {});
    const answer = await postRpc(pair.app.mcpUrl, await mint(), body, headers);
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, "no-store"]);
    // The SDK of older revisions says so itself, for its event streams.
    const older = { jsonrpc: "2.0", id: 1, method: "tools/list" };
    const stream = await postRpc(pair.app.mcpUrl, await mint(), older);
    expect(stream.contentType).toBe("text/event-stream");
    expect(stream.headers.get("cache-control")).toMatch(/no-cache|no-store/);
  });

  it("RS-74: answers a revision that it does not speak with 400, once it knows who asks", async () => {
    const { body } = modern("tools/list", {});
    const headers = { "mcp-protocol-version": "1999-01-01", "mcp-method": "tools/list" };
    expect((await postRpc(pair.app.mcpUrl, "made-up", body, headers)).status).toBe(401);
    expect((await postRpc(pair.app.mcpUrl, await mint(), body, headers)).status).toBe(400);
  });

  it("RS-75: refuses a call whose header fields name another than its body", async () => {
    const { body, headers } = modern("tools/call", { name: "session", arguments: {} }, "greet");
    const answer = await postRpc(pair.app.mcpUrl, await mint(), body, headers);
    expect(answer.status).toBe(400);
    expect(answer.messages).toMatchObject([{ error: { code: -32_020 } }]);
  });

  it("RS-76: has no stream for a GET, and says so to who may ask", async () => {
    const get = async (authorization?: string): Promise<number> => {
      const answer = await fetch(pair.app.mcpUrl, {
        headers: {
          accept: "text/event-stream",
          ...(authorization === undefined ? {} : { authorization }),
        },
      });
      await answer.body?.cancel();
      return answer.status;
    };
    expect([await get(), await get(`Bearer ${await mint()}`)]).toEqual([401, 405]);
  });

  it("RS-80: ends a stream of subscriptions when its token does", async () => {
    const { body, headers } = modern("subscriptions/listen", {
      notifications: { toolsListChanged: true },
    });
    // Tokens are accepted for five seconds more, for clocks that differ.
    const token = await mint(0);
    const answer = await postRpc(pair.app.mcpUrl, token, body, headers);
    expect([answer.status, answer.contentType]).toEqual([200, "text/event-stream"]);
    expect(answer.messages[0]).toMatchObject({
      method: "notifications/subscriptions/acknowledged",
    });
    expect((await postRpc(pair.app.mcpUrl, token, body, headers)).status).toBe(401);
  });
});
