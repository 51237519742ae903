// #region test
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { createEmulator } from "@xmcp-dev/authkit-emulator";
import { getUser, workosProvider } from "@xmcp-dev/workos";
import { expect, test } from "vitest";

test("a tool greets the user who signed in, until the token expires", async () => {
  await using emulator = createEmulator({ resource: "http://127.0.0.1:3002/mcp" });
  const access = { tools: { greet: "authenticated" } } as const;
  const guard = workosProvider({ access, log: false }, emulator.overrides);
  const tool = async (): Promise<string> => `Hello ${(await getUser()).firstName}!`;
  const reply = (response: ServerResponse) => void tool().then((text) => response.end(text));
  await using server = createServer((request, response) => {
    // An access map is held against the parsed body: parse it before the guard, as xmcp and express.json() do.
    void json(request).then((body) =>
      guard(Object.assign(request, { body }), response, () => reply(response)),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  const token = await emulator.token({ as: "grace@acme.test", organization: "Acme" });
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const greet = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "greet" } };
  const call = () => fetch(url, { method: "POST", headers, body: JSON.stringify(greet) });

  expect(await (await call()).text()).toBe("Hello Grace!");
  emulator.advance({ minutes: 6 });
  expect(await (await call()).json()).toMatchObject({ reason: "token_expired" });
});
// #endregion test
