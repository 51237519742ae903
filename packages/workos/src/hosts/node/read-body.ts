import type { IncomingMessage } from "node:http";
import type { GuardRequest } from "../../guard/outcome.js";
import { isJson, readJson, readText } from "../read-json.js";

type Readable = IncomingMessage & { readonly body?: unknown };

/** Reads bodies that nothing has read. */
export interface BodyReader {
  /**
   * Reads a JSON body, 10 MiB at most, and leaves it in `request.body`, where `express.json()` does. Its text is in
   * `request.rawBody`, and code that iterates over the request gets it, as the MCP SDK's Node adapters do: what they
   * dispatch is what was judged. Does NOT replay the stream's events.
   */
  readonly readJson: (
    request: Readable,
  ) => Promise<Pick<GuardRequest, "body" | "unreadBody">> | undefined;
  /** Reads a body as text. */
  readonly readText: (
    request: Readable,
    maxBytes: number,
  ) => ReturnType<NonNullable<GuardRequest["readText"]>>;
}

export const bodyReader: BodyReader = {
  readJson(request) {
    return isUnread(request) && isJson(request.headers["content-type"])
      ? readInto(request)
      : undefined;
  },
  readText: (request, maxBytes) =>
    isUnread(request) ? readText(toChunks(request), readFields(request), maxBytes) : undefined,
};

async function readInto(request: Readable): Promise<Pick<GuardRequest, "body" | "unreadBody">> {
  const read = await readJson(toChunks(request), readFields(request));
  if ("unreadBody" in read) return read;
  const rawBody = Buffer.from(read.text);
  Object.assign(request, {
    body: read.value,
    rawBody,
    async *[Symbol.asyncIterator]() {
      yield rawBody;
    },
  });
  return { body: read.value };
}

/** Where a host parses a body when it is first looked at, that is now. */
function isUnread(request: Readable): boolean {
  return !request.readableEnded && request.body === undefined;
}

/** Leaves the connection open, so that a client can be told that its body is too large. */
function toChunks(request: IncomingMessage): AsyncIterable<Uint8Array> {
  return request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
}

function readFields({ headers }: IncomingMessage): Parameters<typeof readJson>[1] {
  return { encoding: headers["content-encoding"], length: headers["content-length"] };
}
