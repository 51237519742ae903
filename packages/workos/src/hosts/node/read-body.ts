import type { Settings } from "../../server/configuration.js";
import type { GuardRequest } from "../../guard/outcome.js";
import { isJson, readJson } from "../read-json.js";
import { readPath, type Request } from "./read-request.js";

/** Methods whose requests have a body only when they announce one. */
const BODILESS: ReadonlySet<string | undefined> = new Set(["GET", "HEAD", "DELETE", "OPTIONS"]);

/**
 * Makes what reads a request's JSON body where nothing has, 10 MiB at most, and leaves it in `request.body`, where
 * `express.json()` does. Its text is in `request.rawBody`, and code that iterates over the request gets it, as the MCP
 * SDK's Node adapters do: what they dispatch is what was judged.
 *
 * Reads nothing of a request without a credential or a signature, which is refused without it, or to a public path,
 * whose code may read it itself. Does NOT replay the stream's events. Returns why a body could not be read.
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
    // A signature is over the text as it came.
    const rawBody = Buffer.from(headers["workos-signature"] === undefined ? body.text : body.raw);
    Object.assign(request, {
      body: body.value,
      rawBody,
      async *[Symbol.asyncIterator]() {
        yield rawBody;
      },
    });
    return undefined;
  };
  return (request) => {
    const { headers, method } = request;
    const isJudged =
      headers.authorization !== undefined || headers["workos-signature"] !== undefined;
    const isAnnounced =
      headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) !== 0;
    const isRead =
      isJudged &&
      (isAnnounced || !BODILESS.has(method)) &&
      !request.readableEnded &&
      isJson(headers["content-type"]) &&
      !publicPaths.has(readPath(request)) &&
      // Where a host parses it when it is first read, that is now.
      request.body === undefined;
    return isRead ? read(request) : undefined;
  };
}
