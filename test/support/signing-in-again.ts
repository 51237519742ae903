import { needsSignIn, type ConnectedClient, type ToolAnswer } from "./mcp-clients.ts";

/** Every answer of the server: its status, and its challenge if it has one. */
export function listening() {
  const answers: [status: number, challenge: string][] = [];
  return {
    answers,
    fetch: async (url: string | URL, init?: RequestInit): Promise<Response> => {
      const response = await fetch(url, init);
      if (new URL(url).pathname.startsWith("/mcp") && init?.method === "POST") {
        answers.push([response.status, response.headers.get("www-authenticate") ?? ""]);
      }
      return response;
    },
  };
}

/** Calls a tool as an application does: when a person has to sign in, lets them, and calls once more. */
export async function callAndSignIn(client: ConnectedClient, tool: string): Promise<ToolAnswer> {
  try {
    return await client.askTool(tool);
  } catch (error) {
    if (!needsSignIn(error)) throw error;
    await client.finishSignIn();
    return client.askTool(tool);
  }
}
