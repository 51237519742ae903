import { toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { getSession } from "@xmcp-dev/workos";
import { workosFastify } from "@xmcp-dev/workos/fastify";
import fastify from "fastify";
import { z } from "zod";

/** Reads WORKOS_API_KEY, WORKOS_CLIENT_ID, WORKOS_AUTHKIT_DOMAIN and BASE_URL. */
const guard = workosFastify({
  access: { tools: { greet: "authenticated", refund: { permissions: ["refunds:create"] } } },
});

const mcp = createMcpHandler(() => {
  const server = new McpServer({ name: "fastify", version: "1.0.0" });
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

const app = fastify();
// On the root instance.
app.register(guard.plugin);
app.all("/mcp", (request, reply) => {
  reply.hijack();
  void serveMcp(request.raw, reply.raw, request.body);
});

await app.listen({ port: Number(process.env["PORT"] ?? 3002), host: "127.0.0.1" });
// Closes the guard too.
process.once("SIGTERM", () => void app.close());
