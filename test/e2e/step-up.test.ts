import { defaultSeed } from "@xmcp-dev/authkit-emulator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fetchForStepUp } from "../../docs/snippets/client-step-up.ts";
import { accessApp, whatRan } from "../support/access-app.ts";
import { startPair, type Pair } from "../support/authkit.ts";
import { sdkClients } from "../support/mcp-clients.ts";
import { HeadlessOAuthClient } from "../support/oauth-client.ts";
import { postRpc } from "../support/rpc.ts";
import { callAndSignIn, listening } from "../support/signing-in-again.ts";

const ADA = "user_01K0ADA0000000000000000000";
const GRACE = "user_01K0GRACE00000000000000000";
const ALAN = "user_01K0A1AN000000000000000000";
const ACME = "org_01K0ACME000000000000000000";
const GLOBEX = "org_01K0G10BEX0000000000000000";

const TOOLS = `{
  whoami: "authenticated",
  report_read: { scopes: ["email"] },
  report_write: { scopes: ["email", "profile"] },
  nightly: { scopes: ["reports:write"] },
  acme_only: { organization: "${ACME}" },
  card: { organization: "required" },
}`;

/** A user for each client, invited but no member yet: the server remembers for a while who belongs nowhere. */
const newcomer = (digit: number) => ({
  user: { id: `user_01K0EDSGER000000000000000${digit}`, email: `edsger${digit}@acme.test` },
  membership: {
    id: `om_01K0EDSGERATACME000000000${digit}`,
    userId: `user_01K0EDSGER000000000000000${digit}`,
    organizationId: ACME,
    roles: ["member"],
    status: "inactive" as const,
  },
});
const NEWCOMERS = {
  "sdk 1.x": newcomer(1),
  "client 2.x, 2025 era": newcomer(2),
  "client 2.x, 2026-07-28": newcomer(3),
};

let pair: Pair;
let inBand: Pair;
beforeAll(async () => {
  pair = await startPair("step-up", {
    files: accessApp(`{ access: { tools: ${TOOLS} } }`),
    seed: {
      users: [...defaultSeed.users, ...Object.values(NEWCOMERS).map(({ user }) => user)],
      memberships: [
        ...defaultSeed.memberships,
        ...Object.values(NEWCOMERS).map(({ membership }) => membership),
      ],
    },
  });
  inBand = await startPair("step-up-in-band", {
    files: accessApp(
      `{ scopesSupported: ["openid", "email"], access: { tools: ${TOOLS}, stepUp: "tool-result" } }`,
    ),
  });
});
afterAll(async () => {
  await pair?.stop();
  await inBand?.stop();
});

const asked = (oauth: HeadlessOAuthClient): (string[] | undefined)[] =>
  oauth.visits.map(({ request }) => request.searchParams.get("scope")?.split(" ").toSorted());
const authorizations = (): number =>
  pair.authkit.requests().filter(({ path }) => path === "/oauth2/authorize").length;
const challenge = (scopes: string): string =>
  `Bearer error="insufficient_scope", scope="${scopes}", ` +
  `resource_metadata="${pair.app.baseUrl}/.well-known/oauth-protected-resource/mcp", ` +
  'error_description="The call needs more scopes than the access token has"';

/** SDK 2.x asks for a refresh token by itself where AuthKit offers one; 1.x only when told to. */
const CLIENTS = [
  ["sdk 1.x", ["openid"]],
  ["client 2.x, 2025 era", ["offline_access", "openid"]],
  ["client 2.x, 2026-07-28", ["offline_access", "openid"]],
] as const;

describe.each(CLIENTS)("%s", (name, first) => {
  const connect = sdkClients[name];

  it("RS-60 RS-61 RS-62: a call that lacks a scope is challenged before the tool runs; the client signs in for more, and the call passes", async () => {
    const oauth = new HeadlessOAuthClient({ user: GRACE }, undefined, "openid");
    const { answers, fetch } = listening();
    const client = await connect(pair.app.mcpUrl, oauth, { fetch });
    expect(asked(oauth)).toEqual([first]);
    expect(oauth.refreshToken !== undefined).toBe(name !== "sdk 1.x");
    // It is in the list: calling it is how the scope is got.
    expect((await client.listTools()).toSorted()).toEqual([
      "acme_only",
      "card",
      "nightly",
      "report_read",
      "report_write",
      "whoami",
    ]);

    answers.splice(0);
    const before = whatRan(pair.app).length;
    expect(await callAndSignIn(client, "report_read")).toMatchObject({ text: '["reports:read"]' });
    const more = ["email", ...first].toSorted();
    expect(answers).toEqual([
      [403, challenge(more.join(" "))],
      [200, ""],
    ]);
    // What was granted before is asked for again, or it would be lost.
    expect(asked(oauth)).toEqual([first, more]);
    await expect.poll(() => whatRan(pair.app).slice(before)).toEqual(["report_read"]);

    // The next one needs nothing more than the scope it lacks.
    expect(await callAndSignIn(client, "report_read")).toMatchObject({ isError: false });
    expect(oauth.visits).toHaveLength(2);
    await client.close();
  });

  it("RS-63: several scopes are one challenge and one sign-in", async () => {
    const oauth = new HeadlessOAuthClient({ user: GRACE }, undefined, "openid");
    const { answers, fetch } = listening();
    const client = await connect(pair.app.mcpUrl, oauth, { fetch });
    answers.splice(0);
    expect(await callAndSignIn(client, "report_write")).toMatchObject({
      text: "report_write done",
    });
    const more = ["email", "profile", ...first].toSorted();
    expect(answers).toEqual([
      [403, challenge(more.join(" "))],
      [200, ""],
    ]);
    expect(asked(oauth)).toEqual([first, more]);
    await client.close();
  });

  it("a scope that the authorization server refuses ends in its error, with one authorization request for one call", async () => {
    const oauth = new HeadlessOAuthClient({ user: GRACE }, undefined, "openid");
    const client = await connect(pair.app.mcpUrl, oauth);
    const before = authorizations();
    await expect(callAndSignIn(client, "nightly")).rejects.toThrow("invalid_scope: The scopes are");
    expect(authorizations() - before).toBe(1);
    expect(oauth.visits).toHaveLength(2);
    // Everything else still works.
    expect(await client.askTool("whoami")).toMatchObject({ isError: false });
    await client.close();
  });

  it("a scope that the person does not grant ends in a text, and no user is sent to sign in a second time", async () => {
    const oauth = new HeadlessOAuthClient({ user: GRACE }, undefined, "openid");
    oauth.grants = (scopes) => scopes.filter((scope) => scope !== "email");
    const { answers, fetch } = listening();
    const client = await connect(pair.app.mcpUrl, oauth, { fetch });
    answers.splice(0);
    const before = authorizations();
    for (let call = 0; call < 3; call += 1) {
      expect(await callAndSignIn(client, "report_read")).toEqual({
        text:
          'You may not use the tool report_read: it needs the scope "email", which your newer token does not have either. ' +
          "Disconnect this server in your client and connect it anew, and grant everything it asks for.",
        isError: true,
        meta: {
          "xmcp.dev/access-denied": { reason: "scope_not_granted", missing: { scopes: ["email"] } },
        },
      });
    }
    expect(answers.map(([status]) => status)).toEqual([403, 200, 200, 200]);
    expect(authorizations() - before).toBe(1);
    await client.close();
  });

  describe("an organization", () => {
    it("is chosen anew when a rule needs another one", async () => {
      const oauth = new HeadlessOAuthClient({ user: ADA, organization: GLOBEX }, undefined, "");
      const client = await connect(pair.app.mcpUrl, oauth);
      expect(oauth.refreshToken).toBeUndefined();
      oauth.choose({ user: ADA, organization: ACME });
      expect(await callAndSignIn(client, "acme_only")).toMatchObject({ text: "acme_only done" });
      expect(oauth.visits.map(({ visit }) => visit.pages)).toEqual([
        ["sign-in", "organization", "consent"],
        ["sign-in", "organization", "consent"],
      ]);
      await client.close();
    });

    it("is chosen by a user who signed in without one, and was made a member since", async () => {
      const { user, membership } = NEWCOMERS[name];
      const oauth = new HeadlessOAuthClient({ user: user.id }, undefined, "");
      const client = await connect(pair.app.mcpUrl, oauth);
      expect(JSON.parse(await client.callTool("whoami"))).toEqual({ userId: user.id });
      const path = `/user_management/organization_memberships/${membership.id}/reactivate`;
      const invited = await fetch(`${pair.authkit.url}${path}`, {
        method: "PUT",
        headers: { authorization: `Bearer ${pair.authkit.apiKey}` },
      });
      expect(invited.status).toBe(200);

      expect(await callAndSignIn(client, "card")).toMatchObject({ isError: false });
      expect(JSON.parse(await client.callTool("whoami"))).toEqual({
        userId: user.id,
        organizationId: ACME,
      });
      expect(oauth.visits).toHaveLength(2);
      await client.close();
    });

    it("of a user who belongs to none is said in a text, without a challenge", async () => {
      const oauth = new HeadlessOAuthClient({ user: ALAN }, undefined, "");
      const { answers, fetch } = listening();
      const client = await connect(pair.app.mcpUrl, oauth, { fetch });
      answers.splice(0);
      for (let call = 0; call < 3; call += 1) {
        expect(await callAndSignIn(client, "card")).toMatchObject({
          text:
            "You may not use the tool card: it needs an organization, and you belong to none. " +
            "An administrator of an organization can invite you.",
          isError: true,
        });
      }
      expect(answers.map(([status]) => status)).toEqual([200, 200, 200]);
      expect(oauth.visits).toHaveLength(1);
      await client.close();
    });

    it("cannot be chosen while the client renews the old sign-in: a text says how, and is true", async () => {
      const oauth = new HeadlessOAuthClient(
        { user: ADA, organization: GLOBEX },
        undefined,
        "openid offline_access",
      );
      const { answers, fetch } = listening();
      const client = await connect(pair.app.mcpUrl, oauth, { fetch });
      oauth.choose({ user: ADA, organization: ACME });
      answers.splice(0);
      for (let call = 0; call < 2; call += 1) {
        expect(await client.askTool("acme_only")).toEqual({
          text:
            `To use the tool acme_only, disconnect this server in your client, connect it anew and choose the organization ${ACME}: ` +
            "your client only renewed the old sign-in, or another one was chosen.",
          isError: true,
          meta: {
            "xmcp.dev/access-denied": {
              reason: "organization_not_chosen",
              missing: { organization: [ACME] },
            },
          },
        });
      }
      expect(answers.map(([status]) => status)).toEqual([401, 200, 200]);
      expect(oauth.visits).toHaveLength(1);
      await client.close();

      // What the text says helps, with the same registration too.
      oauth.invalidateCredentials("tokens");
      const again = await connect(pair.app.mcpUrl, oauth);
      expect(await again.askTool("acme_only")).toMatchObject({ text: "acme_only done" });
      await again.close();
    });
  });
});

describe("SDK 1.x with a refresh token", () => {
  const connect = sdkClients["sdk 1.x"];

  it("cannot step up by itself: it refreshes, which brings no scope, and the person gets a text", async () => {
    const oauth = new HeadlessOAuthClient({ user: GRACE }, undefined, "openid offline_access");
    const { answers, fetch } = listening();
    const client = await connect(pair.app.mcpUrl, oauth, { fetch });
    expect(oauth.refreshToken).toBeDefined();
    answers.splice(0);
    const [before, ran] = [authorizations(), whatRan(pair.app).length];
    for (let call = 0; call < 2; call += 1) {
      expect(await client.askTool("report_write")).toMatchObject({
        isError: true,
        meta: {
          "xmcp.dev/access-denied": {
            reason: "scope_not_granted",
            missing: { scopes: ["email", "profile"] },
          },
        },
      });
    }
    expect(answers.map(([status]) => status)).toEqual([403, 200, 200]);
    expect(authorizations() - before).toBe(0);
    await client.callTool("whoami");
    await expect.poll(() => whatRan(pair.app).slice(ran)).toEqual(["whoami"]);
    await client.close();
  });

  it("steps up when its fetch forgets the refresh token at the challenge, and has a new one afterwards", async () => {
    const oauth = new HeadlessOAuthClient({ user: GRACE }, undefined, "openid offline_access");
    const client = await connect(pair.app.mcpUrl, oauth, { fetch: fetchForStepUp(oauth) });
    expect(await callAndSignIn(client, "report_write")).toMatchObject({
      text: "report_write done",
    });
    expect(asked(oauth)).toEqual([
      ["offline_access", "openid"],
      ["email", "offline_access", "openid", "profile"],
    ]);
    expect(oauth.refreshToken).toBeDefined();
    await client.close();
  });

  it("needs no step-up for scopes that the server publishes: it asks for them at once", async () => {
    const oauth = new HeadlessOAuthClient({ user: GRACE }, undefined, "openid offline_access");
    const client = await connect(inBand.app.mcpUrl, oauth);
    expect(asked(oauth)).toEqual([["email", "openid"]]);
    expect(await client.askTool("report_read")).toMatchObject({ isError: false });
    await client.close();
  });
});

describe('stepUp: "tool-result"', () => {
  it.each(Object.entries(sdkClients))(
    "RS-64: %s gets the challenge inside the tool's result, where clients without HTTP fields look",
    async (_name, connect) => {
      const oauth = new HeadlessOAuthClient({ user: GRACE }, undefined, "openid");
      const client = await connect(inBand.app.mcpUrl, oauth);
      const before = whatRan(inBand.app).length;
      const scopes = (asked(oauth)[0] ?? []).concat("profile").toSorted().join(" ");
      expect(await client.askTool("report_write")).toEqual({
        text:
          'You may use the tool report_write after granting the scopes "email", "profile" to this application: ' +
          "sign in again and grant them.",
        isError: true,
        meta: {
          "xmcp.dev/access-denied": {
            reason: "insufficient_scope",
            missing: { scopes: ["email", "profile"] },
          },
          "mcp/www_authenticate": [challenge(scopes).replace(pair.app.baseUrl, inBand.app.baseUrl)],
        },
      });
      expect(oauth.visits).toHaveLength(1);
      await client.callTool("whoami");
      await expect.poll(() => whatRan(inBand.app).slice(before)).toEqual(["whoami"]);
      await client.close();
    },
  );
});

describe("on the wire", () => {
  const mint = (scope: string, expiresInSeconds = 300): Promise<string> =>
    pair.authkit.forgeToken({ claims: { sub: GRACE, scope }, expiresInSeconds });
  const call = (id: number, name: string): object => ({
    jsonrpc: "2.0",
    id,
    method: "tools/call",
    params: { name, arguments: {} },
  });

  it("RS-63 RS-66: of a batch all scopes are in one challenge, in the same bytes each time, and nothing runs", async () => {
    const token = await mint("openid");
    const before = whatRan(pair.app).length;
    for (let time = 0; time < 2; time += 1) {
      const answer = await postRpc(pair.app.mcpUrl, token, [
        call(1, "whoami"),
        call(2, "nightly"),
        call(3, "report_read"),
      ]);
      expect(answer.status).toBe(403);
      expect(answer.headers.get("www-authenticate")).toBe(challenge("email openid reports:write"));
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect(answer.messages).toEqual([
        {
          error: "insufficient_scope",
          error_description:
            'You may use the tool nightly after granting the scopes "email", "reports:write" to this application: sign in again and grant them.',
          reason: "insufficient_scope",
        },
      ]);
    }
    await postRpc(pair.app.mcpUrl, token, call(1, "whoami"));
    await expect.poll(() => whatRan(pair.app).slice(before)).toEqual(["whoami"]);
  });

  it("RS-68: an expired token that lacks a scope is expired, not under-scoped", async () => {
    const answer = await postRpc(pair.app.mcpUrl, await mint("openid", -60), call(1, "nightly"));
    expect(answer.status).toBe(401);
    expect(answer.messages).toMatchObject([{ error: "invalid_token", reason: "token_expired" }]);
  });

  it("what signing in does not cure is not challenged, though a scope is missing too", async () => {
    const answer = await postRpc(pair.app.mcpUrl, await mint("openid"), [
      call(1, "report_read"),
      call(2, "forgotten"),
    ]);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("www-authenticate")).toBeNull();
    expect(answer.messages).toMatchObject([
      { id: 1, error: { data: { reason: "not_in_access_map" } } },
      { id: 2, result: { isError: true } },
    ]);
  });
});
