import { afterAll, beforeAll, expect, it } from "vitest";
import { startPair, type Pair } from "../support/authkit.ts";
import { sdkClients } from "../support/mcp-clients.ts";
import { HeadlessOAuthClient } from "../support/oauth-client.ts";

const GRACE = "user_01K0GRACE00000000000000000";

let pair: Pair;

beforeAll(async () => {
  pair = await startPair("scopes", {
    files: {
      "src/middleware.ts":
        'import { workosProvider } from "@xmcp-dev/workos";\nexport default workosProvider({ scopesSupported: ["openid"] });\n',
    },
  });
});

afterAll(async () => {
  await pair?.stop();
});

it("RS-13: with openid published, a client on SDK 2.x that names no scope asks for a refresh token, and refreshes", async () => {
  const oauth = new HeadlessOAuthClient({ user: GRACE }, undefined, "");
  const client = await sdkClients["client 2.x, 2026-07-28"](pair.app.mcpUrl, oauth);
  expect(oauth.visits[0]?.request.searchParams.get("scope")).toBe("openid offline_access");
  oauth.replaceAccessToken(
    await pair.authkit.forgeToken({ claims: { sub: GRACE }, expiresInSeconds: -60 }),
  );
  expect(await client.callTool("greet")).toBe(`Hello Grace! Your user ID is ${GRACE}`);
  expect(oauth.visits).toHaveLength(1);
  await client.close();
});
