import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import type { WorkOSMiddleware } from "../../src/index.js";

/** One call through the door without a connection: thousands are cheap. */
export async function callInProcess(
  middleware: WorkOSMiddleware,
  authorization: string,
): Promise<{ status: number; isReached: boolean }> {
  const request = new IncomingMessage(new Socket());
  request.method = "POST";
  request.url = "/mcp";
  request.rawHeaders = ["Authorization", authorization];
  const response = new ServerResponse(request);
  let isReached = false;
  await middleware(request, response, () => {
    isReached = true;
  });
  return { status: response.statusCode, isReached };
}
