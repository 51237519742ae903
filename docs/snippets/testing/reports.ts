// #region server
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { defineAccess, getAccess, getUser } from "@xmcp-dev/workos";
import type { FetchApp } from "@xmcp-dev/workos/fetch";
import { z } from "zod";

export const access = defineAccess({
  tools: {
    read_report: "authenticated",
    delete_report: { permissions: ["reports:delete"] },
  },
});

export async function readReport(id: string): Promise<string> {
  const canSeeCosts = (await getAccess()).has({ permissions: ["costs:read"] });
  const { firstName } = await getUser();
  return `Report ${id} for ${firstName}: 12 tickets${canSeeCosts ? ", 340 dollars" : ""}`;
}

const mcp = createMcpHandler(() => {
  const server = new McpServer({ name: "reports", version: "1.0.0" });
  const inputSchema = z.object({ id: z.string() });
  server.registerTool("read_report", { inputSchema }, async ({ id }) => ({
    content: [{ type: "text", text: await readReport(id) }],
  }));
  server.registerTool("delete_report", { inputSchema }, ({ id }) => ({
    content: [{ type: "text", text: `Report ${id} is deleted` }],
  }));
  return server;
});

export const handler: FetchApp = (request, context) => mcp.fetch(request, context);
// #endregion server
