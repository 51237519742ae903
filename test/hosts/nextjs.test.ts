import { defaultSeed, startEmulator, type Emulator } from "@xmcp-dev/authkit-emulator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveClientMetadata, CLIENT_METADATA_URL } from "../support/authkit.ts";
import { sdkClients } from "../support/mcp-clients.ts";
import { freePort } from "../support/ports.ts";
import { buildNext, startNext, type RunningNext } from "../support/next-app.ts";
import { HeadlessOAuthClient } from "../support/oauth-client.ts";

const ADA = "user_01K0ADA0000000000000000000";
const GLOBEX = "org_01K0G10BEX0000000000000000";

/** Answers with what Next.js shows of the token. */
const SEEN = `import { headers } from "next/headers";
import { guard } from "../../lib/guard";

export const { GET, POST, DELETE, OPTIONS } = guard.protect(async (request) =>
  Response.json([request.headers.get("authorization"), (await headers()).get("authorization")]),
);
`;
const WITHHELD = "[access token withheld by @xmcp-dev/workos]";

let folder: string;
let authkit: Emulator;
let app: RunningNext;

beforeAll(async () => {
  // Built where there is no configuration, which `next build` must not need.
  folder = buildNext("nextjs", { "app/seen/route.ts": SEEN });
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  authkit = await startEmulator({
    resource: `${origin}/mcp`,
    seed: defaultSeed,
    fetch: serveClientMetadata,
  });
  app = await startNext(folder, port, { ...authkit.env, BASE_URL: origin });
}, 480_000);

afterAll(async () => {
  await app?.stop();
  await authkit?.close();
});

const call = (token: string | undefined, body: object, origin = app.origin): Promise<Response> =>
  fetch(`${origin}/mcp`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, ...body }),
  });

describe("a built Next.js app", () => {
  it.each(Object.entries(sdkClients))("signs in %s, which calls a tool", async (_name, connect) => {
    const oauth = new HeadlessOAuthClient({ user: ADA, organization: GLOBEX }, CLIENT_METADATA_URL);
    const client = await connect(`${app.origin}/mcp`, oauth);
    expect(await client.callTool("greet")).toBe(`Hello ${ADA}!`);
    await client.close();
  });

  it("serves both documents from the catch-all routes", async () => {
    const path = "/.well-known/oauth-protected-resource";
    for (const one of [path, `${path}/mcp`]) {
      const answer = await fetch(app.origin + one);
      expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([
        200,
        "*",
      ]);
      expect(await answer.json()).toMatchObject({
        resource: `${app.origin}/mcp`,
        authorization_servers: [authkit.url],
      });
    }
    const metadata = await fetch(`${app.origin}/.well-known/oauth-authorization-server`);
    expect(await metadata.json()).toMatchObject({ issuer: authkit.url });
    const preflight = await fetch(`${app.origin}${path}/mcp`, {
      method: "OPTIONS",
      headers: { origin: "https://client.example.com", "access-control-request-method": "GET" },
    });
    expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([
      204,
      "*",
    ]);
  });

  it("refuses a call without a token, and one with a token for another server", async () => {
    const none = await call(undefined, { method: "tools/list" });
    expect([none.status, none.headers.get("www-authenticate")]).toEqual([
      401,
      `Bearer resource_metadata="${app.origin}/.well-known/oauth-protected-resource/mcp"`,
    ]);
    const forged = await authkit.forgeToken({ claims: { aud: "https://other.example.com/mcp" } });
    expect((await call(forged, { method: "tools/list" })).status).toBe(401);
  });

  it.each(["GET", "DELETE", "POST"])("shows the code no token with %s", async (method) => {
    const authorization = `Bearer ${await authkit.token({ as: ADA, organization: GLOBEX })}`;
    const json = { "content-type": "application/json" };
    const body = { jsonrpc: "2.0", id: 1, method: "tools/list" };
    const seen = await fetch(`${app.origin}/seen`, {
      method,
      headers: { authorization, ...(method === "POST" ? json : {}) },
      ...(method === "POST" ? { body: JSON.stringify(body) } : {}),
    });
    expect([seen.status, await seen.json()]).toEqual([200, [WITHHELD, WITHHELD]]);
    // No stateful sessions here: the SDK's handler has no stream to open.
    const stream = await fetch(`${app.origin}/mcp`, { headers: { authorization } });
    expect(stream.status).toBe(405);
  });

  it("shows in the list what the caller may use, and denies the rest", async () => {
    const token = await authkit.token({ as: ADA, organization: GLOBEX });
    const list = await (await call(token, { method: "tools/list" })).text();
    expect(list).toContain('"greet"');
    expect(list).not.toContain('"refund"');
    const denied = await call(token, {
      method: "tools/call",
      params: { name: "refund", arguments: { order: "o_1" } },
    });
    expect(await denied.text()).not.toContain("Refunded");
  });
});

it("a Next.js app without its configuration answers 500, and its log has every problem (T-20)", async () => {
  const bare = await startNext(folder, await freePort(), {});
  try {
    const answer = await call("anything", { method: "tools/list" }, bare.origin);
    expect(answer.status).toBe(500);
    const log = bare.lines.join("\n");
    expect(log).toContain("apiKey is missing");
    expect(log).toContain("authkitDomain is missing");
  } finally {
    await bare.stop();
  }
});
