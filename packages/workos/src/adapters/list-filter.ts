import type {
  IncomingMessage,
  OutgoingHttpHeader,
  OutgoingHttpHeaders,
  ServerResponse,
} from "node:http";
import { rewriteList, type Shows } from "../access/lists.js";
import { createEventStreamRewriter } from "../standards/event-stream.js";

type Write = (chunk: unknown, encoding?: unknown, callback?: unknown) => boolean;

/**
 * Filters the lists in whatever is written to a response from here on, JSON and event
 * streams alike; everything else passes as it is.
 *
 * JSON is held back until it is whole. What is behind the guard is asked for a body without encoding; a compressor
 * before the guard still reads what the client accepts. A body that is encoded all the same ends as a 500, as does
 * what begins as JSON and is none (in an event stream an event of no data): a list that cannot be filtered is not
 * shown. Does NOT look at other answers than those of the request it was made for.
 *
 * @param onUnreadable receives why a body could not be read, for the operator.
 */
export function filterAnswer(
  response: ServerResponse,
  shows: Shows,
  onUnreadable: (cause: string) => void,
): void {
  const write = response.write.bind(response) as Write;
  const end = response.end.bind(response) as (...args: unknown[]) => ServerResponse;
  const writeHead = response.writeHead.bind(response);
  const rewrite = (text: string): string | undefined => rewriteList(text, shows);
  const restore = requestPlainBody(response.req);
  let pipe: Pipe | undefined;
  const pipeOf = (): Pipe => {
    // From the first byte on, Node itself calls writeHead() to send what was set.
    response.writeHead = writeHead;
    if (pipe === undefined) {
      restore();
      pipe = choose(response, rewrite, onUnreadable);
    }
    return pipe;
  };

  // The head waits for the body: its length changes, and only the first byte shows that it can be read.
  response.writeHead = (status: number, ...rest: readonly unknown[]) => {
    response.statusCode = status;
    const [reason] = rest;
    if (typeof reason === "string") response.statusMessage = reason;
    setHeaders(response, rest.at(-1));
    return response;
  };
  response.write = ((chunk: unknown, ...rest: readonly unknown[]) => {
    const text = pipeOf().write(bytesOf(chunk, rest[0]));
    const callback = rest.find((one) => typeof one === "function");
    if (text === "") {
      if (callback !== undefined) process.nextTick(callback);
      return true;
    }
    return write(text, "utf8", callback);
  }) as ServerResponse["write"];
  response.end = ((...args: readonly unknown[]) => {
    const [chunk, encoding] = args;
    const isBody = chunk !== undefined && chunk !== null && typeof chunk !== "function";
    const text = (isBody ? pipeOf().write(bytesOf(chunk, encoding)) : "") + (pipe?.end() ?? "");
    response.writeHead = writeHead;
    response.write = write as ServerResponse["write"];
    response.end = end as ServerResponse["end"];
    if (!response.headersSent) response.removeHeader("Content-Length");
    const callback = args.find((one) => typeof one === "function");
    return callback === undefined ? end(text) : end(text, callback);
  }) as ServerResponse["end"];
}

/** Takes bytes and gives text, some of it later. */
interface Pipe {
  readonly write: (bytes: Uint8Array) => string;
  readonly end: () => string;
}

/** Asks for a body without encoding, in place of what the client accepts; returns what undoes it. */
function requestPlainBody({ headers, rawHeaders }: IncomingMessage): () => void {
  const accepted = headers["accept-encoding"];
  const raw = [...rawHeaders];
  headers["accept-encoding"] = "identity";
  for (let at = 0; at + 1 < raw.length; at += 2) {
    if (raw[at]?.toLowerCase() === "accept-encoding") rawHeaders[at + 1] = "identity";
  }
  return () => {
    if (accepted === undefined) delete headers["accept-encoding"];
    else headers["accept-encoding"] = accepted;
    rawHeaders.splice(0, rawHeaders.length, ...raw);
  };
}

function choose(
  response: ServerResponse,
  rewrite: (text: string) => string | undefined,
  onUnreadable: (cause: string) => void,
): Pipe {
  response.removeHeader("Content-Length");
  const type = String(response.getHeader("content-type") ?? "").toLowerCase();
  const encoding = String(response.getHeader("content-encoding") ?? "identity").toLowerCase();
  if (encoding !== "identity") {
    onUnreadable("it is encoded, although the guard asked for no encoding");
    return unreadable(response);
  }
  const decoder = new TextDecoder();
  if (type.startsWith("text/event-stream")) {
    const rewriter = createEventStreamRewriter((data) => rewrite(data) ?? "");
    return {
      write: (bytes) => rewriter.write(decoder.decode(bytes, { stream: true })),
      end: () => rewriter.write(decoder.decode()) + rewriter.end(),
    };
  }
  let held = "";
  return {
    write: (bytes) => {
      held += decoder.decode(bytes, { stream: true });
      return "";
    },
    end: () => {
      const text = rewrite(held + decoder.decode());
      if (text !== undefined) return text;
      onUnreadable("it begins as JSON and is not, or is nested too deep");
      return unreadable(response).end();
    },
  };
}

/** Replaces an answer that cannot be read by a 500. */
function unreadable(response: ServerResponse): Pipe {
  response.statusCode = 500;
  for (const name of response.getHeaderNames()) {
    if (name.startsWith("content-")) response.removeHeader(name);
  }
  response.setHeader("Content-Type", "application/json");
  return { write: () => "", end: () => UNREADABLE };
}

const UNREADABLE = JSON.stringify({
  error: "server_error",
  error_description: "The list could not be read, so it could not be filtered for you",
  reason: "list_unreadable",
});

function bytesOf(chunk: unknown, encoding: unknown): Uint8Array {
  return typeof chunk === "string"
    ? Buffer.from(chunk, typeof encoding === "string" ? (encoding as BufferEncoding) : "utf8")
    : (chunk as Uint8Array);
}

function setHeaders(response: ServerResponse, headers: unknown): void {
  if (typeof headers !== "object" || headers === null) return;
  if (!Array.isArray(headers)) {
    for (const [name, value] of Object.entries(headers as OutgoingHttpHeaders)) {
      if (value !== undefined) response.setHeader(name, value);
    }
    return;
  }
  // Node takes pairs, and names and values in turn.
  const flat = (headers as readonly unknown[]).flat() as readonly OutgoingHttpHeader[];
  for (let at = 0; at + 1 < flat.length; at += 2) response.removeHeader(String(flat[at]));
  for (let at = 0; at + 1 < flat.length; at += 2) {
    response.appendHeader(String(flat[at]), flat[at + 1] as string);
  }
}
