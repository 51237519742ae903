import { decodeJwt } from "jose";
import { defaultSeed } from "@xmcp-dev/authkit-emulator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accessApp, whatRan } from "../support/access-app.ts";
import { startPair, type Pair } from "../support/authkit.ts";
import { sdkClients, type ConnectedClient } from "../support/mcp-clients.ts";
import { HeadlessOAuthClient } from "../support/oauth-client.ts";
import { modern, postRpc } from "../support/rpc.ts";
import { PEOPLE } from "./access-people.ts";

const ADA = "user_01K0ADA0000000000000000000";
const GRACE = "user_01K0GRACE00000000000000000";
const ALAN = "user_01K0A1AN000000000000000000";
/** Members of Acme that WorkOS has not been asked about before. */
const EDSGER = "user_01K0EDSGER0000000000000000";
const BARBARA = "user_01K0BARBARA000000000000000";
const ACME = "org_01K0ACME000000000000000000";
const API_KEY = "sk_local_nightly_export_not_a_secret";

const CONFIGURATION = `{
  callers: ["user", "api-key"],
  access: {
    tools: {
      whoami: "authenticated",
      "report_*": { permissions: ["reports:read"] },
      report_write: { permissions: ["reports:write"] },
      nightly: { caller: "api-key", permissions: ["reports:read"] },
      panel: { role: "admin" },
      card: { permissions: ["reports:read"] },
    },
    resources: {
      "config://app": "authenticated",
      "docs://secret": { role: "admin" },
      "docs://{id}": { permissions: ["reports:read"] },
      "vault://{id}": { permissions: ["users:manage"] },
    },
    prompts: { summarize: "authenticated", audit: { role: "admin" } },
  },
}`;

let pair: Pair;
beforeAll(async () => {
  pair = await startPair("access", {
    files: accessApp(CONFIGURATION),
    seed: {
      users: [
        ...defaultSeed.users,
        { id: EDSGER, email: "edsger@acme.test" },
        { id: BARBARA, email: "barbara@acme.test" },
      ],
      memberships: [
        ...defaultSeed.memberships,
        ...[EDSGER, BARBARA].map((userId) => ({
          id: userId.replace("user", "om"),
          userId,
          organizationId: ACME,
          roles: ["member"],
        })),
      ],
    },
  });
});
afterAll(async () => {
  await pair?.stop();
});

async function namesIn(
  client: ConnectedClient,
  what: "tools" | "resources" | "resourceTemplates" | "prompts",
): Promise<string[]> {
  const items = (await client.list(what))[what] as Record<string, string>[];
  const key = { resources: "uri", resourceTemplates: "uriTemplate" }[what as "resources"] ?? "name";
  return items.map((item) => item[key] ?? "").toSorted();
}

describe.each(Object.entries(sdkClients))("%s", (_name, connect) => {
  it.each(Object.entries(PEOPLE))(
    "T-06 RS-69: %s sees what they may use, and is denied the rest by name",
    async (_who, { choices, sees, uses, isDenied, runs }) => {
      const oauth = new HeadlessOAuthClient(choices);
      const client = await connect(pair.app.mcpUrl, oauth);
      const before = whatRan(pair.app).length;

      for (const what of ["tools", "resources", "resourceTemplates", "prompts"] as const) {
        expect(await namesIn(client, what)).toEqual(sees[what]);
      }

      for (const [name, text] of Object.entries(uses.tools)) {
        expect(await client.askTool(name)).toMatchObject({ text, isError: false });
      }
      for (const [uri, text] of Object.entries(uses.resources)) {
        expect(await client.readResource(uri)).toBe(text);
      }
      for (const name of uses.prompts) {
        expect(await client.getPrompt(name)).toBe(`Please do: ${name}`);
      }

      for (const [name, [text, data]] of Object.entries(isDenied.tools)) {
        expect(await client.askTool(name)).toEqual({
          text: `You may not use the tool ${name}: ${text}`,
          isError: true,
          meta: { "xmcp.dev/access-denied": data },
        });
      }
      for (const [uri, [text, data]] of Object.entries(isDenied.resources)) {
        await expect(client.readResource(uri)).rejects.toMatchObject({
          code: -32_003,
          message: expect.stringContaining(`You may not use the resource ${uri}: ${text}`),
          data,
        });
      }
      for (const [name, [text, data]] of Object.entries(isDenied.prompts)) {
        await expect(client.getPrompt(name)).rejects.toMatchObject({
          code: -32_003,
          message: expect.stringContaining(`You may not use the prompt ${name}: ${text}`),
          data,
        });
      }

      await expect.poll(() => whatRan(pair.app).slice(before)).toEqual(runs);
      // No user was sent to sign in a second time for any of it.
      expect(oauth.visits).toHaveLength(1);
      await client.close();
    },
  );

  it("getAccess() resolves at WorkOS the rights that the token and getSession() leave out", async () => {
    const oauth = new HeadlessOAuthClient({ user: ADA, organization: ACME });
    const client = await connect(pair.app.mcpUrl, oauth);
    const claims = decodeJwt(oauth.accessToken ?? "");
    expect(claims).toMatchObject({ sub: ADA, org_id: ACME });
    for (const claim of ["role", "roles", "permissions"]) expect(claims).not.toHaveProperty(claim);

    // The session is the token.
    expect(JSON.parse(await client.callTool("whoami"))).toEqual({
      userId: ADA,
      organizationId: ACME,
    });
    expect(JSON.parse(await client.callTool("report_read"))).toEqual([
      "reports:read",
      "reports:write",
      "users:manage",
    ]);
    await client.close();
  });
});

const token = (userId: string, organizationId?: string): Promise<string> =>
  pair.authkit.token({ as: userId, organization: organizationId });

const call = (id: number, name: string): object => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name, arguments: {} },
});
const list = (id: number, what = "tools"): object => ({
  jsonrpc: "2.0",
  id,
  method: `${what}/list`,
  params: {},
});

const namesOf = (result: unknown): string[] =>
  (result as { tools: { name: string }[] }).tools.map(({ name }) => name).toSorted();

it("WorkOS is asked once for ten simultaneous calls of a person", async () => {
  const edsger = await token(EDSGER, ACME);
  pair.authkit.clearRequests();
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => postRpc(pair.app.mcpUrl, edsger, call(1, "report_read"))),
  );
  for (const { messages } of answers) {
    expect(messages).toMatchObject([{ result: { content: [{ text: '["reports:read"]' }] } }]);
  }
  const asked = pair.authkit
    .requests()
    .filter(({ path }) => path.endsWith("/organization_memberships"));
  expect(asked).toHaveLength(1);
});

it("while WorkOS cannot be asked, what needs it is hidden and denied with a 503, and the rest works", async () => {
  const barbara = await token(BARBARA, ACME);
  const before = whatRan(pair.app).length;
  pair.authkit.fail("api", { status: 500 });
  try {
    const denied = await postRpc(pair.app.mcpUrl, barbara, call(1, "report_read"));
    expect(denied.status).toBe(503);
    expect(denied.headers.get("retry-after")).toBe("5");
    expect(denied.messages).toMatchObject([
      {
        error: "temporarily_unavailable",
        error_description:
          "Whether you may use the tool report_read cannot be found out at the moment. Try again in a few seconds.",
        reason: "access_unavailable",
      },
    ]);
    const listed = await postRpc(pair.app.mcpUrl, barbara, list(1));
    expect(namesOf(listed.messages[0]?.["result"])).toEqual(["whoami"]);
    const used = await postRpc(pair.app.mcpUrl, barbara, call(1, "whoami"));
    expect(used.status).toBe(200);
  } finally {
    pair.authkit.recover();
  }
  // As Retry-After has it: WorkOS is left alone for a moment after a failure.
  const again = async (): Promise<number> =>
    (await postRpc(pair.app.mcpUrl, barbara, call(1, "report_read"))).status;
  await expect.poll(again, { timeout: 5000, interval: 250 }).toBe(200);
  await expect.poll(() => whatRan(pair.app).slice(before)).toEqual(["whoami", "report_read"]);
});

it("RS-69 T-02: of 120 lists at once, in both eras, none shows what another's reader may use", async () => {
  const readers = [
    [await token(ADA, ACME), ["card", "panel", "report_read", "report_write", "whoami"]],
    [await token(GRACE, ACME), ["card", "report_read", "whoami"]],
    [await token(ALAN), ["whoami"]],
    [API_KEY, ["card", "nightly", "report_read", "whoami"]],
  ] as const;
  const recent = modern("tools/list", {});
  const seen = await Promise.all(
    Array.from({ length: 120 }, async (_, index) => {
      const [bearer = ""] = readers[index % 4] ?? [];
      const { messages } = await (index % 8 < 4
        ? postRpc(pair.app.mcpUrl, bearer, list(1))
        : postRpc(pair.app.mcpUrl, bearer, recent.body, recent.headers));
      return namesOf(messages[0]?.["result"]);
    }),
  );
  expect(seen).toEqual(Array.from({ length: 120 }, (_, index) => readers[index % 4]?.[1]));
});

describe("an API key", () => {
  it("sees and uses what its own permissions allow", async () => {
    const listed = await postRpc(pair.app.mcpUrl, API_KEY, list(1));
    expect(namesOf(listed.messages[0]?.["result"])).toEqual([
      "card",
      "nightly",
      "report_read",
      "whoami",
    ]);
    const used = await postRpc(pair.app.mcpUrl, API_KEY, call(1, "nightly"));
    expect(used.messages).toMatchObject([{ result: { content: [{ text: "nightly done" }] } }]);
    const denied = await postRpc(pair.app.mcpUrl, API_KEY, call(1, "report_write"));
    expect(denied.messages).toMatchObject([
      {
        result: {
          isError: true,
          _meta: {
            "xmcp.dev/access-denied": {
              reason: "permission_missing",
              missing: { permissions: ["reports:write"] },
            },
          },
        },
      },
    ]);
  });
});

describe("on the wire", () => {
  const GRACE_SEES = ["card", "report_read", "whoami"];

  it("RS-96 T-13: a list is filtered in an event stream (2025 era), and in JSON (2026-07-28), private in both", async () => {
    const grace = await token(GRACE, ACME);
    const old = await postRpc(pair.app.mcpUrl, grace, list(1));
    expect(old.contentType).toBe("text/event-stream");
    expect(namesOf(old.messages[0]?.["result"])).toEqual(GRACE_SEES);
    expect(old.messages[0]?.["result"]).toMatchObject({ cacheScope: "private" });

    for (const [method, member, names] of [
      ["tools/list", "tools", ["card", "report_read", "whoami"]],
      ["resources/list", "resources", ["card", "settings"]],
      ["resources/templates/list", "resourceTemplates", ["doc"]],
      ["prompts/list", "prompts", ["summarize"]],
    ] as const) {
      const { body, headers } = modern(method, {});
      const recent = await postRpc(pair.app.mcpUrl, grace, body, headers);
      expect(recent.contentType).toBe("application/json");
      const result = recent.messages[0]?.["result"] as Record<string, { name: string }[]>;
      expect(result).toMatchObject({ cacheScope: "private", resultType: "complete" });
      expect(result[member]?.map(({ name }) => name).toSorted()).toEqual(names);
    }
  });

  it("a denied call is one JSON answer that no cache stores, in both eras", async () => {
    const grace = await token(GRACE, ACME);
    const { body, headers } = modern("tools/call", { name: "panel", arguments: {} }, "panel");
    for (const answer of [
      await postRpc(pair.app.mcpUrl, grace, call(1, "panel")),
      await postRpc(pair.app.mcpUrl, grace, body, headers),
    ]) {
      expect(answer.status).toBe(200);
      expect(answer.contentType).toBe("application/json");
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect(answer.messages).toMatchObject([
        { id: 1, result: { isError: true, resultType: "complete" } },
      ]);
    }
    await expect
      .poll(() => pair.app.lines.filter((line) => line.includes('by access.tools["panel"]')))
      .toContainEqual(
        expect.stringContaining(
          `Denied tools/call of tool panel to user ${GRACE} in ${ACME} with 200 role_missing`,
        ),
      );
  });

  it("RS-66 T-05: of a batch (2025-03-26) everything runs, or nothing does", async () => {
    const grace = await token(GRACE, ACME);
    const headers = { "mcp-protocol-version": "2025-03-26" };
    const initialized = { jsonrpc: "2.0", method: "notifications/initialized" };

    const before = whatRan(pair.app).length;
    const good = await postRpc(
      pair.app.mcpUrl,
      grace,
      [list(1), call(2, "report_read"), initialized, call(3, "card")],
      headers,
    );
    expect(good.status).toBe(200);
    const byId = new Map(good.messages.map((message) => [message["id"], message["result"]]));
    expect(new Set(byId.keys())).toEqual(new Set([1, 2, 3]));
    expect(namesOf(byId.get(1))).toEqual(GRACE_SEES);
    await expect
      .poll(() => whatRan(pair.app).slice(before).toSorted())
      .toEqual(["card", "report_read"]);

    const bad = await postRpc(
      pair.app.mcpUrl,
      grace,
      [list(1), call(2, "report_read"), initialized, call(3, "panel")],
      headers,
    );
    const other = {
      code: -32_003,
      message: "Not carried out: another message of the batch was denied",
      data: { reason: "role_missing" },
    };
    expect(bad.messages).toEqual([
      { jsonrpc: "2.0", id: 1, error: other },
      { jsonrpc: "2.0", id: 2, error: other },
      { jsonrpc: "2.0", id: 3, result: expect.objectContaining({ isError: true }) },
    ]);
    await postRpc(pair.app.mcpUrl, grace, call(1, "whoami"));
    await expect
      .poll(() => whatRan(pair.app).slice(before).toSorted())
      .toEqual(["card", "report_read", "whoami"]);
  });
});

it("says at its start what the map does not name, and that no rule is about nothing", () => {
  const [line, ...others] = pair.app.lines.filter((text) => text.includes("access map"));
  expect(others).toEqual([]);
  expect(line).toContain("denied to everybody, because the access map does not name it:");
  expect(line).toContain("forgotten");
  expect(line).not.toContain("panel");
});
