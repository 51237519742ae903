import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createEmulator } from "@xmcp-dev/authkit-emulator";
import { getUser, workosProvider } from "@xmcp-dev/workos";
import { expect, it, vi } from "vitest";

it("a server with an emulator's overrides opens no connection of its own, and its caches age with the emulator's clock", async () => {
  await using emulator = createEmulator({ resource: "http://127.0.0.1:3002/mcp" });
  const network = globalThis.fetch;
  const outside = vi.spyOn(globalThis, "fetch");
  const guard = workosProvider({ log: false }, emulator.overrides);
  await using server = createServer((request, response) => {
    const tool = async (): Promise<string> => (await getUser()).email;
    void guard(request, response, () => void tool().then((text) => response.end(text)));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  const call = async (token: string): Promise<[number, string]> => {
    const answer = await network(url, { headers: { authorization: `Bearer ${token}` } });
    return [answer.status, await answer.text()];
  };
  const input = { as: "grace@acme.test", organization: "Acme", expiresInSeconds: 3600 };
  const token = await emulator.token(input);
  const counts = (): [number, number] => [
    emulator.requests("jwks").length,
    emulator.requests("api").filter(({ path }) => path.startsWith("/user_management/users/"))
      .length,
  ];

  expect(await call(token)).toEqual([200, "grace@acme.test"]);
  expect(await call(token)).toEqual([200, "grace@acme.test"]);
  expect(counts()).toEqual([1, 1]);

  emulator.advance({ minutes: 1 });
  expect(await call(await emulator.token(input))).toEqual([200, "grace@acme.test"]);
  await vi.waitFor(() => expect(counts()).toEqual([2, 2]));

  {
    using _ = emulator.fail("all");
    expect(await call(await emulator.token(input))).toEqual([200, "grace@acme.test"]);
  }
  emulator.advance({ hours: 1 });
  expect((await call(token))[0]).toBe(401);
  expect(outside).not.toHaveBeenCalled();
});
