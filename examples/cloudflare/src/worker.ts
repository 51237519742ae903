import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { getSession } from "@xmcp-dev/workos";
import { workosWorker } from "@xmcp-dev/workos/workers";
import { z } from "zod";

const mcp = createMcpHandler(() => {
  const server = new McpServer({ name: "cloudflare", version: "1.0.0" });
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

export default workosWorker(
  { fetch: (request, _env, _context, given) => mcp.fetch(request, given) },
  { access: { tools: { greet: "authenticated", refund: { permissions: ["refunds:create"] } } } },
);
