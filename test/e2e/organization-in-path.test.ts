import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accessApp, whatRan } from "../support/access-app.ts";
import { startPair, type Pair } from "../support/authkit.ts";
import { sdkClients } from "../support/mcp-clients.ts";
import { HeadlessOAuthClient } from "../support/oauth-client.ts";
import { rawRequest, statusOf } from "../support/raw-request.ts";
import { postRpc } from "../support/rpc.ts";
import { callAndSignIn, listening } from "../support/signing-in-again.ts";

const ADA = "user_01K0ADA0000000000000000000";
const GRACE = "user_01K0GRACE00000000000000000";
const ACME = "org_01K0ACME000000000000000000";
const GLOBEX = "org_01K0G10BEX0000000000000000";

const CONFIGURATION = `{
  organizationInPath: true,
  access: { tools: { whoami: "authenticated", report_write: { permissions: ["reports:write"] } } },
}`;

let pair: Pair;
beforeAll(async () => {
  pair = await startPair("organization-in-path", {
    files: accessApp(CONFIGURATION),
    seed: (baseUrl) => ({
      resources: [
        { uri: `${baseUrl}/mcp`, default: true },
        { uri: `${baseUrl}/mcp/o/${ACME}` },
        { uri: `${baseUrl}/mcp/o/${GLOBEX}` },
      ],
    }),
  });
});
afterAll(async () => {
  await pair?.stop();
});

const urlOf = (organization: string): string => `${pair.app.mcpUrl}/o/${organization}`;
const metadataOf = (path: string): string =>
  `${pair.app.baseUrl}/.well-known/oauth-protected-resource${path}`;
const callWhoami = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "whoami" } };
/** A token for any audience, registered or not. */
const mint = (org_id: string | undefined, aud: string, sub = ADA): Promise<string> =>
  pair.authkit.forgeToken({ claims: { sub, aud, org_id } });

describe("each organization's URL", () => {
  it("RS-05 RS-06: is a protected resource of its own, with its own metadata", async () => {
    for (const organization of [ACME, GLOBEX]) {
      const bare = await fetch(urlOf(organization), { method: "POST" });
      expect(bare.status).toBe(401);
      expect(bare.headers.get("www-authenticate")).toBe(
        `Bearer resource_metadata="${metadataOf(`/mcp/o/${organization}`)}"`,
      );
      const document = await fetch(metadataOf(`/mcp/o/${organization}`));
      expect(await document.json()).toMatchObject({
        resource: urlOf(organization),
        authorization_servers: [pair.authkit.issuer],
      });
    }
    const plain = await fetch(metadataOf("/mcp"));
    expect(await plain.json()).toMatchObject({ resource: pair.app.mcpUrl });
  });

  it.each([
    `/mcp/o/${ACME}/`,
    `/mcp/o/${ACME.toLowerCase()}x!`,
    "/mcp/o/",
    "/mcp/O/org_1",
    "/mcp/o/user_1",
  ])("has no metadata by another spelling: %s", async (path) => {
    const answer = await fetch(metadataOf(path));
    expect(answer.status).not.toBe(200);
  });
});

describe.each(Object.entries(sdkClients))("%s", (name, connect) => {
  it("one person is connected to two organizations at once, with a client each", async () => {
    const acme = new HeadlessOAuthClient({ user: ADA, organization: ACME });
    const globex = new HeadlessOAuthClient({ user: ADA, organization: GLOBEX });
    const [atAcme, atGlobex] = await Promise.all([
      connect(urlOf(ACME), acme),
      connect(urlOf(GLOBEX), globex),
    ]);
    for (let time = 0; time < 2; time += 1) {
      expect(JSON.parse(await atAcme.callTool("whoami"))).toEqual({
        userId: ADA,
        organizationId: ACME,
      });
      expect(JSON.parse(await atGlobex.callTool("whoami"))).toEqual({
        userId: ADA,
        organizationId: GLOBEX,
      });
    }
    // An admin here, a member there, in the same minute.
    expect(await atAcme.askTool("report_write")).toMatchObject({ text: "report_write done" });
    expect(await atGlobex.askTool("report_write")).toMatchObject({
      isError: true,
      meta: { "xmcp.dev/access-denied": { reason: "permission_missing" } },
    });
    for (const [oauth, organization] of [
      [acme, ACME],
      [globex, GLOBEX],
    ] as const) {
      expect(oauth.visits.map(({ request }) => request.searchParams.get("resource"))).toEqual([
        urlOf(organization),
      ]);
    }
    await atAcme.close();
    await atGlobex.close();
  });

  it("who chooses the wrong organization is asked once more, and connects", async () => {
    const oauth = new HeadlessOAuthClient({ user: ADA, organization: GLOBEX }, undefined, "");
    // The first sign-in is for the wrong one; the person notices and chooses anew.
    const visit = oauth.redirectToAuthorization.bind(oauth);
    oauth.redirectToAuthorization = async (url) => {
      if (oauth.visits.length > 0) oauth.choose({ user: ADA, organization: ACME });
      await visit(url);
    };
    const { answers, fetch } = listening();
    const client = await connect(urlOf(ACME), oauth, { fetch }).catch(() =>
      connect(urlOf(ACME), oauth, { fetch }),
    );
    expect(await callAndSignIn(client, "whoami")).toMatchObject({
      text: JSON.stringify({ userId: ADA, organizationId: ACME }),
    });
    expect(oauth.visits).toHaveLength(2);
    expect(answers.filter(([status]) => status === 401)).toHaveLength(2);
    await client.close();
  });

  it("who chose the wrong one gets an answer instead of a loop while the client renews that sign-in, and connects anew", async () => {
    const oauth = new HeadlessOAuthClient({ user: ADA, organization: GLOBEX });
    const { answers, fetch } = listening();
    for (let time = 0; time < 2; time += 1) {
      await expect(connect(urlOf(ACME), oauth, { fetch })).rejects.toThrow(
        name === "client 2.x, 2026-07-28" ? "HTTP 403" : "choose the organization of this URL",
      );
    }
    expect(answers.map(([status]) => status)).toEqual([401, 401, 403, 403]);
    expect(oauth.visits).toHaveLength(1);

    // What "disconnect it in the client" does.
    oauth.invalidateCredentials("tokens");
    oauth.choose({ user: ADA, organization: ACME });
    const client = await connect(urlOf(ACME), oauth);
    expect(await client.callTool("whoami")).toContain(ACME);
    await client.close();
  });

  it("who cannot choose it gets an answer instead of a loop", async () => {
    const oauth = new HeadlessOAuthClient({ user: GRACE }, undefined, "");
    const before = pair.authkit
      .requests()
      .filter(({ path }) => path === "/oauth2/authorize").length;
    const { answers, fetch } = listening();
    const failures: string[] = [];
    for (let time = 0; time < 4; time += 1) {
      await connect(urlOf(GLOBEX), oauth, { fetch }).catch((error: unknown) => {
        failures.push(String(error));
      });
    }
    const after = pair.authkit.requests().filter(({ path }) => path === "/oauth2/authorize").length;
    expect(after - before).toBe(2);
    // The 2026-07-28 handshake of SDK 2.x keeps the server's words to itself.
    expect(failures.at(-1)).toContain(
      name === "client 2.x, 2026-07-28"
        ? "Version negotiation failed: the server denied access (HTTP 403)"
        : "disconnect it in the client, connect it again and choose the organization of this URL",
    );
    expect(answers.at(-1)?.[0]).toBe(403);
  });
});

describe("a token of one at the other", () => {
  it.each<[string, () => Promise<string>, () => string, string, string]>([
    [
      "Acme's at Globex's URL",
      () => mint(ACME, urlOf(ACME)),
      () => urlOf(GLOBEX),
      "wrong_audience",
      `/mcp/o/${GLOBEX}`,
    ],
    [
      "Globex's at Acme's URL",
      () => mint(GLOBEX, urlOf(GLOBEX)),
      () => urlOf(ACME),
      "wrong_audience",
      `/mcp/o/${ACME}`,
    ],
    [
      "Acme's at the plain endpoint",
      () => mint(ACME, urlOf(ACME)),
      () => pair.app.mcpUrl,
      "wrong_audience",
      "/mcp",
    ],
    [
      "the plain one, of Acme, at Acme's URL",
      () => mint(ACME, pair.app.mcpUrl),
      () => urlOf(ACME),
      "wrong_audience",
      `/mcp/o/${ACME}`,
    ],
    [
      "one for Globex's URL that acts in Acme",
      () => mint(ACME, urlOf(GLOBEX)),
      () => urlOf(GLOBEX),
      "wrong_organization",
      `/mcp/o/${GLOBEX}`,
    ],
    [
      "one for Globex's URL without an organization",
      () => mint(undefined, urlOf(GLOBEX), GRACE),
      () => urlOf(GLOBEX),
      "wrong_organization",
      `/mcp/o/${GLOBEX}`,
    ],
    [
      "the environment's, of Acme, at Globex's URL",
      () => mint(ACME, pair.authkit.clientId),
      () => urlOf(GLOBEX),
      "resource_not_requested",
      `/mcp/o/${GLOBEX}`,
    ],
    [
      "one for an unknown organization",
      () => mint(ACME, urlOf("org_01KN0B0DY")),
      () => urlOf(ACME),
      "wrong_audience",
      `/mcp/o/${ACME}`,
    ],
  ])(
    "RS-41 T-03: %s is refused, with the way to the right one",
    async (_what, token, url, reason, path) => {
      const before = whatRan(pair.app).length;
      const answer = await postRpc(url(), await token(), callWhoami);
      expect(answer.status).toBe(401);
      expect(answer.messages).toMatchObject([{ error: "invalid_token", reason }]);
      const challenge = answer.headers.get("www-authenticate");
      expect(challenge).toMatch(
        /^Bearer error="invalid_token", (scope="[^"]+", )?resource_metadata="/,
      );
      expect(challenge).toContain(`resource_metadata="${metadataOf(path)}"`);
      expect(whatRan(pair.app).slice(before)).toEqual([]);
    },
  );

  it("the environment's token, once AuthKit knows the indicators, is good at no URL", async () => {
    const acme = await mint(ACME, pair.authkit.clientId);
    for (const url of [urlOf(ACME), pair.app.mcpUrl]) {
      const { status, messages } = await postRpc(url, acme, callWhoami);
      expect([status, messages]).toMatchObject([401, [{ reason: "resource_not_requested" }]]);
    }
  });
});

describe("other paths below the endpoint", () => {
  const send = (path: string, token: string): Promise<string> =>
    rawRequest(
      pair.app.port,
      [
        `POST ${path} HTTP/1.1`,
        `Host: 127.0.0.1:${pair.app.port}`,
        `Authorization: Bearer ${token}`,
        "Content-Type: application/json",
        "Accept: application/json, text/event-stream",
      ].join("\r\n"),
      JSON.stringify(callWhoami),
    );

  it.each([
    "/mcp/o",
    "/mcp/o/",
    "/mcp/o//",
    "/mcp/o/org_",
    "/mcp/o/org",
    "/mcp/o/acme",
    "/mcp/o/user_01K0ADA",
    `/mcp/o/${ACME}/`,
    `/mcp/o/${ACME}/x`,
    `/mcp/o/${ACME}/o/${GLOBEX}`,
    `/mcp/o/${ACME}/../${GLOBEX}`,
    `/mcp/o/${ACME},${GLOBEX}`,
    `/mcp/o/${ACME}%2f..%2f${GLOBEX}`,
    `/mcp/o/${ACME};x`,
    `/mcp/o/${ACME}%00`,
    `/mcp/x/${ACME}`,
    `/mcp/${ACME}`,
    "/mcp/tools",
    `/mcp//o/${ACME}`,
    `/mcp/./o/${ACME}`,
  ])("%s selects nothing: 404, with a token or without", async (path) => {
    for (const token of [
      "none",
      await mint(ACME, urlOf(ACME)),
      await mint(ACME, pair.app.mcpUrl),
    ]) {
      const answer = await send(path, token);
      expect(statusOf(answer)).toBe(404);
      expect(answer).toContain("organization_malformed");
      expect(answer).not.toMatch(/^www-authenticate:/im);
    }
  });

  /** Spellings that a router might take for a URL of an organization. */
  const spellings = (organization: string): string[] => [
    `/mcp/o/${organization}`,
    `/mcp/o/${organization}?x=1`,
    `/MCP/o/${organization}`,
    `/mcp/O/${organization}`,
    `/Mcp/O/${organization.toUpperCase()}`,
    `/mcp/o/${organization.toLowerCase()}`,
    `/mcp/o/${organization.toUpperCase()}`,
    `/%6dcp/o/${organization}`,
    `/mcp%2fo/${organization}`,
    `/mcp/%6f/${organization}`,
    `/mcp/o%2f${organization}`,
    `/mcp/o/%6frg${organization.slice(3)}`,
    `/mcp/o/${organization}%20`,
    `/mcp/o/${organization}/`,
    `//mcp/o/${organization}`,
    `/mcp/o//${organization}`,
    `/./mcp/o/${organization}`,
    `/x/../mcp/o/${organization}`,
    `/mcp\\o\\${organization}`,
    `/mcp/o/${organization}#x`,
    `http://127.0.0.1/mcp/o/${organization}`,
    `/mcp?o=${organization}`,
    `/MCP`,
    `/mcp/`,
    `/MCP/?o=${organization}`,
  ];

  it.each([ACME, GLOBEX])(
    "T-01: no spelling of the URL of %s gives more than the token's own place",
    async (organization) => {
      const places: readonly [where: string, token: string, acts: string | undefined][] = [
        [urlOf(ACME), await mint(ACME, urlOf(ACME)), ACME],
        [urlOf(GLOBEX), await mint(GLOBEX, urlOf(GLOBEX)), GLOBEX],
        [pair.app.mcpUrl, await mint(ACME, pair.app.mcpUrl), ACME],
        [pair.app.mcpUrl, await mint(undefined, pair.app.mcpUrl), undefined],
      ];
      for (const path of spellings(organization)) {
        const served: string[] = [];
        for (const [where, token, acts] of places) {
          const answer = await send(path, token);
          // xmcp itself cannot read a target with a host in it, and answers 500 to a request that is let through.
          const isAbsolute = path.startsWith("http:");
          expect([200, 400, 401, 403, 404, ...(isAbsolute ? [500] : [])]).toContain(
            statusOf(answer),
          );
          if (!answer.includes("userId")) continue;
          served.push(where);
          // Who is served is who the token says, whatever the path says.
          const seen = /organizationId\\":\\"(org_\w+)/.exec(answer)?.[1];
          expect(seen).toBe(acts);
        }
        const exact = path.split("?", 1)[0];
        const expected =
          exact === `/mcp/o/${organization}`
            ? [urlOf(organization)]
            : /^\/mcp\/?$/i.test(exact ?? "")
              ? [pair.app.mcpUrl, pair.app.mcpUrl]
              : [];
        expect([path, served]).toEqual([path, expected]);
      }
    },
  );
});
