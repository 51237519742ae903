// #region test
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createEmulator } from "@xmcp-dev/authkit-emulator";
import { getUser, workosProvider } from "@xmcp-dev/workos";
import { expect, test } from "vitest";

test("a tool greets the user who signed in, until the token expires", async () => {
  await using emulator = createEmulator({ resource: "http://127.0.0.1:3002/mcp" });
  const guard = workosProvider({ log: false }, emulator.overrides);
  const tool = async (): Promise<string> => `Hello ${(await getUser()).firstName}!`;
  await using server = createServer((request, response) => {
    void guard(request, response, () => void tool().then((text) => response.end(text)));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  const token = await emulator.token({ as: "grace@acme.test", organization: "Acme" });
  const call = () => fetch(url, { headers: { authorization: `Bearer ${token}` } });

  expect(await (await call()).text()).toBe("Hello Grace!");
  emulator.advance({ minutes: 6 });
  expect(await (await call()).json()).toMatchObject({ reason: "token_expired" });
});
// #endregion test
