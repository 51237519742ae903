import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { BodyPipe } from "../../exchange/host.js";

type Write = (chunk: unknown, encoding?: unknown, callback?: unknown) => boolean;

/**
 * Passes whatever is written to a response from here on through a pipe.
 *
 * The head waits for the body's first byte, or its end: its length changes, and a pipe may replace the status.
 *
 * @param choose called once, when the body begins, or when it ends without a byte; without a pipe the rest passes as
 *   it is.
 */
export function rewriteBody(
  response: ServerResponse,
  choose: (hasBody: boolean) => BodyPipe | undefined,
): void {
  const write = response.write.bind(response) as Write;
  const end = response.end.bind(response) as (...args: unknown[]) => ServerResponse;
  const writeHead = response.writeHead.bind(response);
  let isChosen = false;
  let pipe: BodyPipe | undefined;
  const pipeFor = (hasBody: boolean): BodyPipe | undefined => {
    // From the first byte on, Node itself calls writeHead() to send what was set.
    response.writeHead = writeHead;
    if (!isChosen) {
      isChosen = true;
      pipe = choose(hasBody);
    }
    return pipe;
  };

  if (!response.headersSent) {
    response.writeHead = (status: number, ...rest: readonly unknown[]) => {
      response.statusCode = status;
      const [reason] = rest;
      if (typeof reason === "string") response.statusMessage = reason;
      setHeaders(response, rest.at(-1));
      return response;
    };
  }
  response.write = ((chunk: unknown, ...rest: readonly unknown[]) => {
    const chosen = pipeFor(true);
    if (chosen === undefined) return write(chunk, ...(rest as [unknown?, unknown?]));
    const out = chosen.write(bytesOf(chunk, rest[0]));
    const callback = rest.find((one) => typeof one === "function");
    if (out.length === 0) {
      if (callback !== undefined) process.nextTick(callback);
      return true;
    }
    return write(out, "utf8", callback);
  }) as ServerResponse["write"];
  response.end = ((...args: readonly unknown[]) => {
    const [chunk, encoding] = args;
    const hasBody = chunk !== undefined && chunk !== null && typeof chunk !== "function";
    const chosen = pipeFor(hasBody);
    const outs =
      chosen === undefined
        ? []
        : [...(hasBody ? [chosen.write(bytesOf(chunk, encoding))] : []), chosen.end()];
    response.writeHead = writeHead;
    response.write = write as ServerResponse["write"];
    response.end = end as ServerResponse["end"];
    if (chosen === undefined) return end(...args);
    if (!response.headersSent) response.removeHeader("Content-Length");
    const out = outs.every((one) => typeof one === "string")
      ? outs.join("")
      : Buffer.concat(outs.map((one) => Buffer.from(one)));
    const callback = args.find((one) => typeof one === "function");
    return callback === undefined ? end(out) : end(out, callback);
  }) as ServerResponse["end"];
}

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
