import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { getSession } from "@xmcp-dev/workos";
import { z } from "zod";
import { guard } from "../../lib/guard";

const mcp = createMcpHandler(() => {
  const server = new McpServer({ name: "nextjs", version: "1.0.0" });
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

export const { GET, POST, DELETE, OPTIONS } = guard.protect(mcp.fetch);
