import type { ServerResponse } from "node:http";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { answerNode, type Arrived } from "./answer-node.ts";
import { mcp } from "./behind.ts";

const serveMcp = toNodeHandler(mcp);

/** The app that hosts with Node's objects guard; the same MCP server. */
export function behindNode(request: Arrived, response: ServerResponse): void {
  if (answerNode(request, response)) return;
  // A request of a server has a method and a URL, which Node's types leave open.
  void serveMcp(request as Parameters<typeof serveMcp>[0], response, request.body);
}
