import { AsyncResource } from "node:async_hooks";
import type { IncomingMessage, ServerResponse } from "node:http";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { CallToolRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import type { GuardedServerOptions } from "./guarded-server.js";

/** What a tool gets: a way to report progress. */
export interface ToolContext {
  readonly notify: (text: string) => Promise<void>;
}

export type Tool = (context: ToolContext) => unknown;

/**
 * Makes a handler that serves tools through the SDK's own transport, a server for each request, as xmcp does.
 *
 * @param isJson whether answers are JSON; else they are event streams.
 */
export function serveTools(
  tools: Readonly<Record<string, Tool>>,
  isJson: boolean,
): Required<Pick<GuardedServerOptions, "handler" | "before">> {
  return {
    before: (request) => {
      Object.assign(request, { body: JSON.parse(String(request.headers["x-body"] ?? "null")) });
    },
    handler: (request, response) => {
      void answer(request, response, tools, isJson);
    },
  };
}

async function answer(
  request: IncomingMessage & { body?: unknown },
  response: ServerResponse,
  tools: Readonly<Record<string, Tool>>,
  isJson: boolean,
): Promise<void> {
  const { server } = new McpServer(
    { name: "test", version: "1.0.0" },
    { capabilities: { tools: {}, logging: {} } },
  );
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { sendNotification }) => {
    const notify = (data: string): Promise<void> =>
      sendNotification({ method: "notifications/message", params: { level: "info", data } });
    try {
      const text = String(await tools[params.name]?.({ notify }));
      return { content: [{ type: "text", text }] };
    } catch (error) {
      return { content: [{ type: "text", text: (error as Error).message }], isError: true };
    }
  });
  const transport = new StreamableHTTPServerTransport({ enableJsonResponse: isJson });
  await server.connect(transport);
  response.once(
    "close",
    AsyncResource.bind(() => void server.close()),
  );
  await transport.handleRequest(request, response, request.body);
}
