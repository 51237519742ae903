import { startEmulator, type Emulator } from "@xmcp-dev/authkit-emulator";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { buildApp } from "../support/app.ts";
import { CLIENT_METADATA_URL, serveClientMetadata } from "../support/authkit.ts";
import { sdkClients } from "../support/mcp-clients.ts";
import { HeadlessOAuthClient } from "../support/oauth-client.ts";
import { freePort } from "../support/ports.ts";
import { buildWorker, startWorker, type RunningWorker } from "../support/worker.ts";

const ADA = "user_01K0ADA0000000000000000000";
const GLOBEX = "org_01K0G10BEX0000000000000000";

let folder: string;
beforeAll(async () => {
  ({ folder } = await buildApp("cloudflare", {
    platform: "cf",
    output: "worker.js",
    files: {
      "src/middleware.ts":
        "export default Promise.resolve(() => new Response(null, { status: 401 }));\n",
    },
  }));
});

async function serve(source: string): Promise<RunningWorker & { readonly authkit: Emulator }> {
  const port = await freePort();
  const authkit = await startEmulator({
    resource: `http://127.0.0.1:${port}/mcp`,
    fetch: serveClientMetadata,
  });
  onTestFinished(() => authkit.close());
  const worker = await startWorker(await buildWorker(source, folder), { env: authkit.env, port });
  onTestFinished(worker.stop);
  return { ...worker, authkit };
}

const GUARDED = `
import { workosWorker } from "@xmcp-dev/workos/workers";
import worker from "./worker.js";
export default workosWorker(worker);
`;

const callTool = (baseUrl: string): Promise<Response> =>
  fetch(`${baseUrl}/mcp`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    },
    body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
  });

describe("the worker that xmcp builds, which drops a middleware that is a promise,", () => {
  it("serves its tools to every caller when it is exported as it is", async () => {
    const { baseUrl } = await serve('export { default } from "./worker.js";');
    const answer = await callTool(baseUrl);
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining("greet")]);
  });

  it("serves them to callers with a token when it is wrapped", async () => {
    const { baseUrl } = await serve(GUARDED);
    for (const path of ["/mcp", "/", "/health", "/mcp/", "/MCP"]) {
      const answer = await fetch(`${baseUrl}${path}`);
      expect([path, answer.status]).toEqual([path, 401]);
    }
    expect((await callTool(baseUrl)).status).toBe(401);
  });

  it.each(Object.entries(sdkClients))("signs in %s, which calls a tool", async (_name, connect) => {
    const { baseUrl } = await serve(GUARDED);
    const oauth = new HeadlessOAuthClient({ user: ADA, organization: GLOBEX }, CLIENT_METADATA_URL);
    const client = await connect(`${baseUrl}/mcp`, oauth);
    expect(await client.callTool("greet")).toBe(`Hello Ada! Your user ID is ${ADA}`);
    await client.close();
  });
});
