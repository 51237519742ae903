import { defaultSeed, startEmulator, type Emulator } from "@xmcp-dev/authkit-emulator";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildApp, startApp, type RunningApp } from "../support/app.ts";
import { sdkClients } from "../support/mcp-clients.ts";
import { HeadlessOAuthClient } from "../support/oauth-client.ts";
import { postToolCall } from "../support/tool-call.ts";

const ADA = "user_01K0ADA0000000000000000000";
const ACME = "org_01K0ACME000000000000000000";

let authkit: Emulator;
let app: RunningApp;
beforeAll(async () => {
  const built = await buildApp("audience");
  authkit = await startEmulator({
    seed: { ...defaultSeed, resources: [] },
    accessTokenLifetimeSeconds: 7_200,
  });
  app = await startApp(built, { ...authkit.env, BASE_URL: built.baseUrl }, { hasMovedClock: true });
});
afterAll(async () => {
  await app?.stop();
  await authkit?.close();
});

const indicators = "/user_management/authkit_oauth_resources";
const listCalls = (): number => authkit.requests().filter(({ path }) => path === indicators).length;
const audienceOf = ({ accessToken = "" }: HeadlessOAuthClient): unknown => {
  const [, claims = ""] = accessToken.split(".");
  return (JSON.parse(Buffer.from(claims, "base64url").toString()) as { aud?: unknown }).aud;
};

it("RS-41: a user's token for the environment works until this server is a registered indicator", async () => {
  const [connect] = Object.values(sdkClients);
  if (connect === undefined) throw new Error("there is no client");

  const early = new HeadlessOAuthClient({ user: ADA, organization: ACME });
  const session = await connect(app.mcpUrl, early);
  expect(audienceOf(early)).toBe(authkit.clientId);
  expect(await session.askTool("session")).not.toMatchObject({ isError: true });
  expect(listCalls()).toBe(1);
  expect(app.lines.filter((line) => line.includes("environment_audience"))).toHaveLength(1);

  const registered = await fetch(`${authkit.url}${indicators}`, {
    method: "POST",
    headers: { authorization: `Bearer ${authkit.apiKey}`, "content-type": "application/json" },
    body: JSON.stringify({ uri: app.mcpUrl }),
  });
  expect(registered.status).toBe(201);
  await app.letTimePass(15);
  const answer = await postToolCall(app.mcpUrl, early.accessToken ?? "", "session");
  expect(answer.status).toBe(401);
  expect(await answer.json()).toMatchObject({ reason: "resource_not_requested" });
  expect(app.lines.at(-1)).toContain("remove the server in the client and connect it again");

  const anew = new HeadlessOAuthClient({ user: ADA, organization: ACME });
  const again = await connect(app.mcpUrl, anew);
  expect(audienceOf(anew)).toBe(app.mcpUrl);
  expect(await again.askTool("session")).not.toMatchObject({ isError: true });
});
