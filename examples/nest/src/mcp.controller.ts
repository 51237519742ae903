import type { IncomingMessage, ServerResponse } from "node:http";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { All, Controller, Req, Res } from "@nestjs/common";
import { getSession } from "@xmcp-dev/workos";
import { z } from "zod";

const mcp = createMcpHandler(() => {
  const server = new McpServer({ name: "nest", version: "1.0.0" });
  server.registerTool("greet", { description: "Greets the caller" }, () => ({
    content: [{ type: "text", text: `Hello ${getSession().userId}!` }],
  }));
  server.registerTool(
    "refund",
    { description: "Refunds an order", inputSchema: z.object({ order: z.string() }) },
    ({ order }) => ({ content: [{ type: "text", text: `Refunded ${order}` }] }),
  );
  return server;
});
const serveMcp = toNodeHandler(mcp);

@Controller("mcp")
export class McpController {
  @All()
  serve(
    @Req() request: IncomingMessage & { body: unknown },
    @Res() response: ServerResponse,
  ): Promise<void> {
    return serveMcp(request, response, request.body);
  }
}
