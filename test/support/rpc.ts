/** What came back for one POST: every JSON-RPC message in it, whichever way it was sent. */
export interface RpcAnswer {
  readonly status: number;
  readonly contentType: string | null;
  readonly headers: Headers;
  readonly messages: readonly Record<string, unknown>[];
}

/** Sends a body to the endpoint as it is, without an SDK's retries and checks. */
export async function postRpc(
  mcpUrl: string,
  token: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<RpcAnswer> {
  const response = await fetch(mcpUrl, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      connection: "close",
      ...headers,
    },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return {
    status: response.status,
    contentType: response.headers.get("content-type"),
    headers: response.headers,
    messages: messagesIn(await response.text()),
  };
}

/** A request of the 2026-07-28 revision, in body and header fields. */
export function modern(
  method: string,
  params: Record<string, unknown>,
  name?: string,
): { body: object; headers: Record<string, string> } {
  const meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": { name: "raw", version: "1.0.0" },
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  return {
    body: { jsonrpc: "2.0", id: 1, method, params: { ...params, _meta: meta } },
    headers: {
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
      ...(name === undefined ? {} : { "mcp-name": name }),
    },
  };
}

/** The messages of an answer: of every event in a stream, or of a JSON body. */
function messagesIn(text: string): Record<string, unknown>[] {
  const events = [...text.matchAll(/^data: ?(.*)$/gm)].map(([, data = ""]) => data);
  const parts = events.length > 0 ? events : [text];
  return parts.flatMap((part) =>
    part.trim() === "" ? [] : ([JSON.parse(part)].flat() as Record<string, unknown>[]),
  );
}
