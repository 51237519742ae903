import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { defineAccess, getSession } from "@xmcp-dev/workos";
import { z } from "zod";

export const access = defineAccess({
  tools: { greet: "authenticated", refund: { permissions: ["refunds:create"] } },
});

export const mcp = createMcpHandler(() => {
  const server = new McpServer({ name: "sdk", version: "1.0.0" });
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
