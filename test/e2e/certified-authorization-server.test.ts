import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildApp, startApp, type RunningApp } from "../support/app.ts";
import {
  startCertifiedAuthorizationServer,
  type CertifiedAuthorizationServer,
} from "../support/certified-authorization-server.ts";
import { sdkClients } from "../support/mcp-clients.ts";
import { HeadlessOAuthClient } from "../support/oauth-client.ts";

const USER = "user_01KCERTIFIED00000000000001";
const ORGANIZATION = "org_01KCERTIFIED00000000000001";

let app: RunningApp;
let authorizationServer: CertifiedAuthorizationServer;

beforeAll(async () => {
  const built = await buildApp("certified");
  authorizationServer = await startCertifiedAuthorizationServer({
    resource: `${built.baseUrl}/mcp`,
    userId: USER,
    organizationId: ORGANIZATION,
  });
  app = await startApp(built, {
    WORKOS_API_KEY: "sk_test_certified",
    WORKOS_CLIENT_ID: "client_01KCERTIFIED",
    WORKOS_AUTHKIT_DOMAIN: authorizationServer.issuer,
    BASE_URL: built.baseUrl,
  });
});

afterAll(async () => {
  await app?.stop();
  await authorizationServer?.close();
});

describe.each(Object.entries(sdkClients))(
  "%s with a certified authorization server",
  (_name, connect) => {
    it("RS-01: discovers it, registers, signs in and calls a tool that knows who calls", async () => {
      const oauth = new HeadlessOAuthClient({ user: USER });
      const client = await connect(app.mcpUrl, oauth);
      const session = JSON.parse(await client.callTool("session")) as Record<string, unknown>;
      expect(session).toMatchObject({
        userId: USER,
        sessionId: "app_consent_01CERTIFIED",
        organizationId: ORGANIZATION,
        clientId: oauth.clientId,
        scopes: ["openid", "profile", "email", "offline_access"],
      });
      expect(oauth.visits).toHaveLength(1);
      expect(oauth.visits[0]?.request.searchParams.get("resource")).toBe(app.mcpUrl);
      await client.close();
    });
  },
);
