import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import type { FetchApp, FetchContext } from "@xmcp-dev/workos/fetch";
import * as z from "zod";
import { answerPlain, runTool, tools } from "./tools.ts";

/** An MCP server with the tools of the matrix, for one request. */
function createServer(): McpServer {
  const server = new McpServer({ name: "behind", version: "1.0.0" });
  for (const name of Object.keys(tools) as (keyof typeof tools)[]) {
    const inputSchema = z.looseObject({});
    server.registerTool(name, { description: name, inputSchema }, async (args, { mcpReq }) => {
      const notify = (): Promise<void> =>
        mcpReq.notify({
          method: "notifications/progress",
          params: { progressToken: "slow", progress: 1 },
        });
      return { content: [{ type: "text", text: await runTool(name, args, notify) }] };
    });
  }
  return server;
}

/** The MCP server behind every host that has no tools of its own: of SDK 2, in both eras. */
export const mcp = createMcpHandler(createServer);

/** The app that hosts with Request and Response guard. */
export const behind: FetchApp = async (request, context: FetchContext) => {
  const { pathname } = new URL(request.url);
  const text = pathname === "/seen" ? await request.text() : "";
  const plain = answerPlain(pathname, () => ({
    method: request.method,
    headers: [...request.headers],
    text,
    parsedBody: context.parsedBody,
    authInfo: context.authInfo,
  }));
  if (plain !== undefined) {
    return new Response(plain, { headers: { "content-type": "application/json" } });
  }
  return mcp.fetch(request, context);
};
