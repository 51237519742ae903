import { createServer } from "node:http";
import { expect, it } from "vitest";
import { getSession, workosProvider } from "../src/index.js";
import { CLIENT_ID, createTestIssuer, NOW } from "./issuer.js";

it("lets a good token in", async () => {
  const issuer = await createTestIssuer();
  const lines: string[] = [];
  const log = { info: (l: string) => lines.push(l), warn: (l: string) => lines.push(l), error: (l: string) => lines.push(l) };
  const middleware = workosProvider(
    { apiKey: "sk_test_x", clientId: CLIENT_ID, baseURL: "https://mcp.example.com", authkitDomain: "acme.authkit.app", log: log as never },
    { env: {}, fetch: issuer.fetch, now: () => NOW },
  );
  const server = createServer((req, res) => void middleware(req, res, () => res.end(JSON.stringify(getSession()))));
  await new Promise<void>((r) => server.listen(0, "127.0.0.1", r));
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}/mcp`;
  const r1 = await fetch(url, { method: "POST" });
  console.log(r1.status, r1.headers, await r1.text());
  const r2 = await fetch(url, { method: "POST", headers: { authorization: `Bearer ${await issuer.sign()}` } });
  console.log(r2.status, r2.headers, await r2.text());
  const r3 = await fetch(url, { method: "POST", headers: { authorization: `Bearer ${await issuer.sign({claims:{aud:CLIENT_ID}})}` } });
  console.log(r3.status, await r3.text());
  const r4 = await fetch(url, { method: "POST", headers: { authorization: `Bearer ${await issuer.sign({claims:{aud:["https://x", "https://mcp.example.com/mcp"]}})}` } });
  console.log(r4.status, r4.headers, await r4.text());
  console.log(await (await fetch(new URL("/.well-known/oauth-protected-resource/mcp", url))).text());
  console.log(await (await fetch(new URL("/.well-known/oauth-authorization-server", url))).text());
  console.log(lines, issuer.requests);
  server.close();
  expect(r2.status).toBe(200);
});
