import { createServer } from "node:http";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { workosExpress } from "@xmcp-dev/workos/express";
import { access, mcp } from "./mcp.ts";

/** Reads WORKOS_API_KEY, WORKOS_CLIENT_ID, WORKOS_AUTHKIT_DOMAIN and BASE_URL. */
const guard = workosExpress({ access });
const serveMcp = toNodeHandler(mcp);

const server = createServer((request, response) => {
  void guard(request, response, () => serveMcp(request, response));
});
server.listen(Number(process.env["PORT"] ?? 3002), "127.0.0.1");
process.once("SIGTERM", () => {
  server.close();
  void guard.close();
});
