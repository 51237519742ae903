import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { expect, it } from "vitest";
import { buildApp } from "../support/app.ts";

it("RS-81: on stdio, which has no callers, the plugin is inert: getSession() says so and nothing is fetched", async () => {
  const app = await buildApp("stdio", {
    files: {
      "xmcp.config.ts":
        'export default { stdio: true, paths: { tools: "./src/tools", prompts: false, resources: false } };\n',
    },
    output: "dist/stdio.js",
  });
  const client = new Client({ name: "stdio", version: "1.0.0" });
  // No variable that the provider would need: on stdio the middleware is not even loaded.
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [join(app.folder, "dist/stdio.js")],
      env: {},
      stderr: "ignore",
    }),
  );
  for (const tool of ["session", "greet"]) {
    const answer = await client.callTool({ name: tool, arguments: {} });
    expect(answer.isError).toBe(true);
    expect(JSON.stringify(answer.content)).toContain(
      "getSession() was called outside an authenticated request",
    );
    expect(JSON.stringify(answer.content)).toContain(
      "There is no session at module level and none on the stdio transport",
    );
  }
  const organizations = await client.callTool({ name: "list_organizations", arguments: {} });
  expect(JSON.stringify(organizations.content)).toContain(
    "getClient() was called before workosProvider()",
  );
  await client.close();
});
