/** Calls a tool with one bare request: what an SDK would do, without its retries and its sign-in. */
export function postToolCall(mcpUrl: string, token: string, name: string): Promise<Response> {
  return fetch(mcpUrl, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      // A kept connection may be closed by the server in the very moment it is used again.
      connection: "close",
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name, arguments: {} },
    }),
  });
}
