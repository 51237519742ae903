// #region test
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { accessTable, explainAccess, guarded, runAs } from "@xmcp-dev/workos/testing";
import { access, handler, readReport } from "./reports.ts";
import { bot, lead, member } from "./personas.ts";

test("the costs in a report are for leads", async () => {
  assert.equal(await runAs(member, () => readReport("7")), "Report 7 for Grace: 12 tickets");
});

test("a member may not delete a report", async () => {
  const { outcome, reason } = await explainAccess(access, member, { tool: "delete_report" });
  assert.deepEqual([outcome, reason], ["denied", "permission_missing"]);
});

test("who may use what is as it was reviewed", async () => {
  const tools = ["read_report", "delete_report"];
  const table = await accessTable(access, { bot, lead, member }, { tools });
  assert.equal(table, readFileSync(new URL("access-table.md", import.meta.url), "utf8"));
});

test("a request without a token is told where to sign in", async () => {
  const server = guarded(handler, { access });
  after(() => server.close());
  const post = { method: "POST", body: "{}", headers: { "content-type": "application/json" } };
  const answer = await server.fetch(server.url, post);
  assert.equal(answer.status, 401);
  assert.match(answer.headers.get("www-authenticate") ?? "", /resource_metadata=/);
  const ping = { ...post, body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" }) };
  const headers = { ...post.headers, accept: "application/json, text/event-stream" };
  assert.equal((await server.fetch(server.url, { ...ping, headers, as: lead })).status, 200);
});
// #endregion test
