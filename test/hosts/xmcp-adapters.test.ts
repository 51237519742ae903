import { startEmulator, type Emulator } from "@xmcp-dev/authkit-emulator";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { buildApp, startApp, type BuiltApp, type RunningApp } from "../support/app.ts";
import { CLIENT_METADATA_URL, serveClientMetadata } from "../support/authkit.ts";
import { sdkClients } from "../support/mcp-clients.ts";
import { HeadlessOAuthClient } from "../support/oauth-client.ts";
import { postRpc } from "../support/rpc.ts";

const ADA = "user_01K0ADA0000000000000000000";
const GLOBEX = "org_01K0G10BEX0000000000000000";

const ACCESS = `{ tools: { greet: "authenticated", refund: "denied" } }`;
const LISTENING = `console.log("MCP Server running on " + process.env.BASE_URL + "ENDPOINT");`;
const LISTEN = `{ port: Number(new URL(process.env.BASE_URL).port), host: "127.0.0.1" }`;

/** A server around xmcp's adapter of each host, and where its endpoint is. */
const ADAPTERS = {
  express: {
    endpoint: "/mcp",
    server: `
import express from "express";
import { workosExpress } from "@xmcp-dev/workos/express";
import adapter from "./.xmcp/adapter/index.js";
const app = express();
app.use(workosExpress({ access: ${ACCESS} }));
app.all("/mcp", adapter.xmcpHandler);
app.listen(${LISTEN}.port, "127.0.0.1", () => { ${LISTENING} });`,
  },
  fastify: {
    endpoint: "/mcp",
    server: `
import fastify from "fastify";
import { workosFastify } from "@xmcp-dev/workos/fastify";
import adapter from "./.xmcp/adapter/index.js";
const app = fastify();
app.register(workosFastify({ access: ${ACCESS} }).plugin);
app.all("/mcp", adapter.xmcpHandler);
await app.listen(${LISTEN});
${LISTENING}`,
  },
  // The global prefix moves its controllers, and not what app.use() mounts.
  nestjs: {
    endpoint: "/api/mcp",
    server: `
import "reflect-metadata";
import { Controller, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { workosNest } from "@xmcp-dev/workos/nest";
import adapter from "./.xmcp/adapter/index.js";
class McpController extends adapter.XmcpController {}
Controller("mcp")(McpController);
class AppModule {}
Module({ controllers: [McpController], providers: [adapter.XmcpService] })(AppModule);
const app = await NestFactory.create(AppModule, { logger: false });
app.setGlobalPrefix("api");
app.use(workosNest({ endpoint: "/api/mcp", access: ${ACCESS} }));
await app.listen(${LISTEN}.port, "127.0.0.1");
${LISTENING}`,
  },
} as const;

const build = (name: keyof typeof ADAPTERS): Promise<BuiltApp> =>
  buildApp(`adapter-${name}`, {
    output: ".xmcp/adapter/index.js",
    files: {
      "xmcp.config.ts": `export default ${JSON.stringify({
        http: true,
        experimental: { adapter: name },
        paths: { tools: "./src/tools", prompts: false, resources: false },
      })};`,
      // It must not matter: adapters do not run it.
      "src/middleware.ts": `throw new Error("src/middleware.ts runs");`,
      "src/tools/greet.ts": `import { getSession } from "@xmcp-dev/workos";
export default async function greet() { return "Hello " + getSession().userId; }`,
      "src/tools/refund.ts": `export default async function refund() { return "Refunded"; }`,
      "server.mjs": ADAPTERS[name].server.replace("ENDPOINT", ADAPTERS[name].endpoint),
    },
  });

describe.each(Object.entries(ADAPTERS))("xmcp's adapter of %s", (name, { endpoint }) => {
  let built: BuiltApp;
  beforeAll(async () => {
    built = await build(name as keyof typeof ADAPTERS);
  });

  async function start(): Promise<{ app: RunningApp; authkit: Emulator }> {
    const resource = `${built.baseUrl}${endpoint}`;
    const authkit = await startEmulator({ resource, fetch: serveClientMetadata });
    const env = { ...authkit.env, BASE_URL: built.baseUrl };
    const app = await startApp(built, env, { entry: "server.mjs" });
    onTestFinished(async () => {
      await app.stop();
      await authkit.close();
    });
    return { app, authkit };
  }

  it("runs its tools as the caller, whom the tools' own copy of the package knows", async () => {
    const { app } = await start();
    for (const connect of Object.values(sdkClients)) {
      const person = { user: ADA, organization: GLOBEX };
      const oauth = new HeadlessOAuthClient(person, CLIENT_METADATA_URL);
      const client = await connect(app.mcpUrl, oauth);
      expect(await client.callTool("greet")).toBe(`Hello ${ADA}`);
      expect(await client.listTools()).toEqual(["greet"]);
      await client.close();
    }
    expect(app.lines.join("\n")).toContain(`Guarding ${app.mcpUrl} `);
  });

  it("dispatches what was judged, and refuses what was not", async () => {
    const { app, authkit } = await start();
    const token = await authkit.token({ as: ADA, organization: GLOBEX });
    const params = (names: string): string =>
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{${names},"arguments":{}}}`;
    const twice = await postRpc(app.mcpUrl, token, params('"name":"refund","name":"greet"'));
    expect(JSON.stringify(twice.messages)).toContain(`Hello ${ADA}`);
    const denied = await postRpc(app.mcpUrl, token, params('"name":"greet","name":"refund"'));
    expect(JSON.stringify(denied.messages)).not.toContain("Refunded");
    const text = { "content-type": "text/plain" };
    expect((await postRpc(app.mcpUrl, token, params('"name":"refund"'), text)).status).toBe(400);
    expect((await postRpc(app.mcpUrl, "none", params('"name":"greet"'))).status).toBe(401);
    expect((await fetch(app.mcpUrl)).status).toBe(401);
  });
});
