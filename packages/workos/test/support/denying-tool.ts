import { getAccess, type Requirements } from "../../src/index.js";
import type { GuardedServerOptions } from "./guarded-server.js";

/**
 * Makes a handler that requires something of its caller, as a tool does once it runs, and answers a denial with a tool
 * result that is an error.
 *
 * @param write makes the text of the result out of the error's message.
 */
export function denyingTool(
  requirements: Requirements,
  use: { readonly name?: string } = {},
  write: (message: string) => string = (message) => message,
): NonNullable<GuardedServerOptions["handler"]> {
  return (_request, response) => {
    void (async () => {
      const access = await getAccess();
      try {
        access.require(requirements, use);
        response.end();
      } catch (error) {
        response.end(toolError(write((error as Error).message)));
      }
    })();
  };
}

/** The answer of a tool that failed. */
export function toolError(text: string): string {
  const result = { content: [{ type: "text", text }], isError: true };
  return JSON.stringify({ jsonrpc: "2.0", id: 1, result });
}
