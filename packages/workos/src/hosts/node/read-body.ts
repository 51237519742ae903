import type { Settings } from "../../server/configuration.js";
import type { GuardRequest } from "../../guard/outcome.js";
import { isJson, readJson } from "../read-json.js";
import { readPath, type Request } from "./read-request.js";

/**
 * Makes what reads a request's JSON body where nothing has, 10 MiB at most, and leaves it in `request.body`, where
 * `express.json()` does, and its text in `request.rawBody`, where the MCP SDK's Node adapter looks.
 *
 * Reads nothing of a request without a credential or a signature, which is refused without it, or to a public path,
 * whose code may read it itself. Returns why a body could not be read.
 */
export function createReadBody({
  publicPaths,
}: Pick<Settings, "publicPaths">): (
  request: Request,
) => Promise<GuardRequest["unreadBody"]> | undefined {
  const read = async (request: Request): Promise<GuardRequest["unreadBody"]> => {
    const { headers } = request;
    const chunks = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
    const body = await readJson(chunks, {
      encoding: headers["content-encoding"],
      length: headers["content-length"],
    });
    if ("unreadBody" in body) return body.unreadBody;
    request.body = body.value;
    // A signature is over the text as it came.
    request.rawBody = Buffer.from(headers["workos-signature"] === undefined ? body.text : body.raw);
    return undefined;
  };
  return (request) => {
    const { headers } = request;
    const isJudged =
      headers.authorization !== undefined || headers["workos-signature"] !== undefined;
    const isRead =
      isJudged &&
      !request.readableEnded &&
      isJson(headers["content-type"]) &&
      !publicPaths.has(readPath(request)) &&
      // Where a host parses it when it is first read, that is now.
      request.body === undefined;
    return isRead ? read(request) : undefined;
  };
}
