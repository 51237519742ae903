import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { auth } from "@modelcontextprotocol/sdk/client/auth.js";
import { getUser, workosProvider } from "@xmcp-dev/workos";
import { expect, it, onTestFinished } from "vitest";
import { HeadlessOAuthClient } from "../support/oauth-client.ts";
import { freePort } from "../support/ports.ts";

const program = fileURLToPath(
  new URL("../../packages/emulator/bin/authkit-emulator.mjs", import.meta.url),
);

/** Starts the emulator's command and gives the variables that it prints to be copied. */
async function printedEnvironment(...argv: string[]): Promise<Record<string, string>> {
  const child = spawn(process.execPath, [program, "--port", "0", ...argv], { stdio: "pipe" });
  onTestFinished(async () => {
    child.kill("SIGTERM");
    await once(child, "exit");
  });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
  await expect.poll(() => printed, { timeout: 10_000 }).toContain("Stop with Ctrl-C");
  const lines = [...printed.matchAll(/^([A-Z_]+)=(.*)$/gmu)];
  return Object.fromEntries(lines.map(([, name = "", value = ""]) => [name, value]));
}

it("what the emulator's command prints is all that a server needs: to let a user sign in, and to ask the WorkOS API", async () => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/mcp`;
  const env = await printedEnvironment("--resource", url);
  expect(Object.keys(env).toSorted()).toEqual([
    "BASE_URL",
    "WORKOS_API_KEY",
    "WORKOS_API_URL",
    "WORKOS_AUTHKIT_DOMAIN",
    "WORKOS_CLIENT_ID",
  ]);

  const guard = workosProvider({ log: false }, { env });
  const server = createServer((request, response) => {
    const tool = async (): Promise<void> => {
      response.end(`Hello ${(await getUser()).firstName}!`);
    };
    void guard(request, response, () => void tool());
  }).listen(port, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());

  const client = new HeadlessOAuthClient({ user: "user_01K0GRACE00000000000000000" });
  expect(await auth(client as never, { serverUrl: url })).toBe("REDIRECT");
  const authorizationCode = client.callback.searchParams.get("code") ?? "";
  expect(await auth(client as never, { serverUrl: url, authorizationCode })).toBe("AUTHORIZED");
  const answer = await fetch(url, {
    method: "POST",
    headers: { authorization: `Bearer ${client.accessToken}` },
  });
  expect(await answer.text()).toBe("Hello Grace!");
});
