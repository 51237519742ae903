import { toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { getSession } from "@xmcp-dev/workos";
import { workosExpress } from "@xmcp-dev/workos/express";
import express from "express";
import { z } from "zod";

/** Reads WORKOS_API_KEY, WORKOS_CLIENT_ID, WORKOS_AUTHKIT_DOMAIN and BASE_URL. */
const guard = workosExpress({
  access: { tools: { greet: "authenticated", refund: { permissions: ["refunds:create"] } } },
});

const mcp = createMcpHandler(() => {
  const server = new McpServer({ name: "express", version: "1.0.0" });
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

const app = express();
// At the root, and before every route.
app.use(guard);
app.all("/mcp", toNodeHandler(mcp));

const server = app.listen(Number(process.env["PORT"] ?? 3002), "127.0.0.1");
process.once("SIGTERM", () => {
  server.close();
  void guard.close();
});
