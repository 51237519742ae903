// #region test
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createEmulator, defaultSeed } from "@xmcp-dev/authkit-emulator";
import { getUser, workosProvider } from "@xmcp-dev/workos";
import { expect, test } from "vitest";

test("a tool greets whoever signed in, and nobody else", async () => {
  const resource = "http://127.0.0.1:3002/mcp";
  const authkit = await createEmulator({
    port: 0,
    seed: { ...defaultSeed, resources: [{ uri: resource, default: true }] },
  });
  const guard = workosProvider({
    apiKey: authkit.apiKey,
    clientId: authkit.clientId,
    authkitDomain: authkit.issuer,
    apiURL: authkit.url,
    baseURL: "http://127.0.0.1:3002",
    log: false,
  });
  const server = createServer((request, response) => {
    const tool = async (): Promise<void> => {
      response.end(`Hello ${(await getUser()).firstName}!`);
    };
    void guard(request, response, () => void tool());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const call = (token: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/mcp`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
    });

  const signedIn = await call(await authkit.mintAccessToken({ resource }));
  expect(await signedIn.text()).toBe("Hello Ada!");

  const late = await call(await authkit.mintAccessToken({ resource, expiresIn: -60 }));
  expect(late.status).toBe(401);
  expect(await late.json()).toMatchObject({ reason: "token_expired" });

  authkit.faults.set("jwks", { kind: "down" });
  expect((await call(await authkit.mintAccessToken({ resource }))).status).toBe(200);

  server.close();
  await authkit.close();
});
// #endregion test
