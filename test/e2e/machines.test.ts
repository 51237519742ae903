import {
  Client,
  ClientCredentialsProvider,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startPair, type Pair } from "../support/authkit.ts";
import { sdkClients } from "../support/mcp-clients.ts";
import { HeadlessOAuthClient } from "../support/oauth-client.ts";

const ACME = "org_01K0ACME000000000000000000";

const MIDDLEWARE = `
import { workosProvider } from "@xmcp-dev/workos";
export default workosProvider({ callers: ["user", "application", "api-key"] });
`;

const TOOL = `
import { getCaller } from "@xmcp-dev/workos";
export const metadata = { name: "caller", description: "Tells who is calling" };
export default function caller() {
  const who = getCaller();
  return JSON.stringify(who.kind === "user" ? { kind: who.kind, id: who.id } : who);
}
`;

let pair: Pair;

beforeAll(async () => {
  pair = await startPair("machines", {
    files: { "src/middleware.ts": MIDDLEWARE, "src/tools/caller.ts": TOOL },
  });
});

afterAll(async () => {
  await pair?.stop();
});

async function connect(provider: object): Promise<Client> {
  const client = new Client({ name: "machine", version: "1.0.0" });
  await client.connect(new StreamableHTTPClientTransport(new URL(pair.app.mcpUrl), provider));
  return client;
}

async function call(client: Client, name: string): Promise<{ text: string; isError: boolean }> {
  const { content, isError = false } = await client.callTool({ name, arguments: {} });
  return {
    text: content.map((part) => ("text" in part ? part.text : "")).join(""),
    isError,
  };
}

it("RS-100: an application signs in with client credentials, and has no session", async () => {
  const client = await connect({
    authProvider: new ClientCredentialsProvider({
      clientId: "client_01K0REP0RTER00000000000000",
      clientSecret: "local_reporter_not_a_secret",
      expectedIssuer: pair.authkit.issuer,
    }),
  });
  expect(JSON.parse((await call(client, "caller")).text)).toMatchObject({
    kind: "application",
    id: "client_01K0REP0RTER00000000000000",
    organizationId: ACME,
  });
  const session = await call(client, "session");
  expect(session.isError).toBe(true);
  expect(session.text).toContain("this request was made by an application. Use getCaller()");
  await client.close();
});

it("an API key is a bearer token of its own, until it is deleted", async () => {
  const requestInit = { headers: { authorization: "Bearer sk_local_nightly_export_not_a_secret" } };
  const client = await connect({ requestInit });
  expect(JSON.parse((await call(client, "caller")).text)).toEqual({
    kind: "api-key",
    id: "api_key_01K0N1GHT1Y0000000000000000",
    name: "Nightly export",
    owner: { kind: "organization", id: ACME },
    organizationId: ACME,
    scopes: [],
  });
  await client.close();
  // One question for the whole conversation.
  const asked = pair.authkit.requests().filter(({ path }) => path === "/api_keys/validations");
  expect(asked).toHaveLength(1);

  const other = { headers: { authorization: "Bearer sk_local_made_up_by_somebody" } };
  await expect(connect({ requestInit: other })).rejects.toThrow("api_key_invalid");
  expect(pair.app.lines.some((line) => line.includes("401 api_key_invalid"))).toBe(true);
});

it("a person is a user beside them", async () => {
  const oauth = new HeadlessOAuthClient({ user: "user_01K0A1AN000000000000000000" });
  const client = await sdkClients["sdk 1.x"](pair.app.mcpUrl, oauth);
  expect(JSON.parse(await client.callTool("caller"))).toEqual({
    kind: "user",
    id: "user_01K0A1AN000000000000000000",
  });
  await client.close();
});
