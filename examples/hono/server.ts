import { serve } from "@hono/node-server";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { getSession } from "@xmcp-dev/workos";
import { workosHono, type HonoVariables } from "@xmcp-dev/workos/hono";
import { Hono } from "hono";
import { z } from "zod";

/** Reads WORKOS_API_KEY, WORKOS_CLIENT_ID, WORKOS_AUTHKIT_DOMAIN and BASE_URL. */
const guard = workosHono({
  access: { tools: { greet: "authenticated", refund: { permissions: ["refunds:create"] } } },
});

const mcp = createMcpHandler(() => {
  const server = new McpServer({ name: "hono", version: "1.0.0" });
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

const app = new Hono<{ Variables: HonoVariables }>();
// Before every route: what is registered earlier is open.
app.use(guard.middleware);
app.all("/mcp", (c) =>
  mcp.fetch(c.req.raw, { authInfo: c.get("auth"), parsedBody: c.get("parsedBody") }),
);

const port = Number(process.env["PORT"] ?? 3002);
const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port });
process.once("SIGTERM", () => {
  server.close();
  void guard.close();
});
