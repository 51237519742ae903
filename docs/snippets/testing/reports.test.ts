import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { createEmulator } from "@xmcp-dev/authkit-emulator";
import { workosFetch } from "@xmcp-dev/workos/fetch";
import { accessTable, explainAccess, guarded, runAs, type Persona } from "@xmcp-dev/workos/testing";
import { expect, test } from "vitest";
// #region tool
import { access, handler, readReport } from "./reports.ts";
import { bot, lead, member } from "./personas.ts";

test("the costs in a report are for leads", async () => {
  expect(await runAs(member, () => readReport("7"))).toBe("Report 7 for Grace: 12 tickets");
  expect(await runAs(lead, () => readReport("7"))).toBe(
    "Report 7 for Grace: 12 tickets, 340 dollars",
  );
});
// #endregion tool

// #region map
test("a member may not delete a report, and is told why", async () => {
  expect(await explainAccess(access, lead, { tool: "delete_report" })).toMatchObject({
    outcome: "allowed",
  });
  expect(await explainAccess(access, member, { tool: "delete_report" })).toMatchObject({
    outcome: "denied",
    reason: "permission_missing",
    missing: { permissions: ["reports:delete"] },
  });
});

test("who may use what is as it was reviewed", async () => {
  const tools = ["read_report", "delete_report"];
  const table = await accessTable(access, { bot, lead, member }, { tools });
  await expect(table).toMatchFileSnapshot("access-table.md");
});
// #endregion map

// #region wire
test("a lead deletes a report, and a member is not even shown the tool", async () => {
  await using server = guarded(handler, { access });
  const connect = async (as: Persona) => {
    const client = new Client({ name: "test", version: "1.0.0" });
    await client.connect(
      new StreamableHTTPClientTransport(new URL(server.url), {
        fetch: (url, init) => server.fetch(url, { ...init, as }),
      }),
    );
    return client;
  };
  const { content } = await (
    await connect(lead)
  ).callTool({ name: "delete_report", arguments: { id: "7" } });
  expect(content).toEqual([{ type: "text", text: "Report 7 is deleted" }]);
  const { tools } = await (await connect(member)).listTools();
  expect(tools.map(({ name }) => name)).toEqual(["read_report"]);
});
// #endregion wire

// #region deployed
const toolCall = (name: string): RequestInit => ({
  method: "POST",
  headers: {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  },
  body: JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name, arguments: { id: "7" } },
  }),
});

test("what is deployed applies the map", async () => {
  // Any values of the right form: guarded() puts its own in their place.
  Object.assign(process.env, {
    WORKOS_API_KEY: "sk_test_any",
    WORKOS_CLIENT_ID: "client_any",
    WORKOS_AUTHKIT_DOMAIN: "any.authkit.app",
    BASE_URL: "https://reports.example.com",
  });
  const { default: app } = await import("./entry.ts");
  await using server = guarded(app.fetch);

  expect((await server.fetch(server.url, toolCall("read_report"))).status).toBe(401);
  const denied = await server.fetch(server.url, { ...toolCall("delete_report"), as: member });
  expect(await denied.text()).toContain("You may not use the tool delete_report");
});
// #endregion deployed

// #region emulator
test("a token ends, and a refreshed one works", async () => {
  await using emulator = createEmulator({ resource: "http://127.0.0.1:3002/mcp" });
  const guard = workosFetch({ access, log: false }, emulator.overrides);
  const serve = guard.protect(handler);
  const read = (token: string) => {
    const request = new Request("http://127.0.0.1:3002/mcp", toolCall("read_report"));
    request.headers.set("authorization", `Bearer ${token}`);
    return serve(request);
  };

  const grace = await emulator.signIn({ as: "grace@acme.test", organization: "Acme" });
  expect(await (await read(grace.accessToken)).text()).toContain("Report 7 for Grace");
  emulator.advance({ minutes: 6 });
  expect(await (await read(grace.accessToken)).json()).toMatchObject({ reason: "token_expired" });
  const { accessToken } = await grace.refresh();
  expect((await read(accessToken)).status).toBe(200);
  await guard.close();
});
// #endregion emulator
