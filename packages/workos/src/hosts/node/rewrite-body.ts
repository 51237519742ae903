import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { BodyPipe } from "../../exchange/host.js";

type Args = readonly unknown[];

/** What a response is written by. */
interface Writer {
  write(args: Args): boolean;
  end(args: Args): ServerResponse;
  writeHead(args: Args): ServerResponse;
  flushHeaders(): void;
}

type ChoosePipe = (hasBody: boolean) => BodyPipe | undefined;

/**
 * Passes whatever is written to a response through pipes that are chosen later.
 *
 * A gate is in the place of the response's own functions before the code behind the guard runs, so that a reference
 * taken before a pipe is chosen leads to the pipe all the same. A middleware that replaces them meanwhile, such as a
 * compressor, gets a second gate in front, which sees what the first would see encoded; a pipe is in the gate that the
 * body comes through first. Does NOT see what is written past the response, to its socket or by the functions of
 * Node's prototype.
 */
export class BodyGates {
  readonly #response: ServerResponse;
  readonly #first: Gate;
  readonly #others: Gate[] = [];

  constructor(response: ServerResponse) {
    this.#response = response;
    this.#first = new Gate(response);
  }

  /**
   * Passes what is written from here on through a pipe.
   *
   * @param choose called once, when the body begins, or when it ends without a byte; without a pipe the rest passes as
   *   it is.
   */
  rewrite(choose: ChoosePipe): void {
    if (!(this.#others.at(-1) ?? this.#first).isOutermost()) {
      this.#others.push(new Gate(this.#response));
    }
    let isChosen = false;
    const once: ChoosePipe = (hasBody) => {
      if (isChosen) return undefined;
      isChosen = true;
      return choose(hasBody);
    };
    for (const gate of [this.#first, ...this.#others]) gate.rewrite(once);
  }
}

function call<Result>(
  method: (...args: never[]) => Result,
  response: ServerResponse,
  args: Args,
): Result {
  return Reflect.apply(method, response, args) as Result;
}

type Former = Pick<ServerResponse, "write" | "end" | "writeHead" | "flushHeaders">;

/** Stands where the functions of a response were. */
class Gate {
  readonly #response: ServerResponse;
  readonly #former: Former;
  readonly #write: ServerResponse["write"];
  readonly #end: ServerResponse["end"];
  #top: Writer | undefined;

  constructor(response: ServerResponse) {
    // oxlint-disable-next-line typescript/unbound-method -- called with the response as `this`
    const { write, end, writeHead, flushHeaders } = response;
    const former: Former = { write, end, writeHead, flushHeaders };
    this.#response = response;
    this.#former = former;
    response.write = this.#write = (...args: Args) =>
      this.#top === undefined ? call(former.write, response, args) : this.#top.write(args);
    response.end = this.#end = (...args: Args) =>
      this.#top === undefined ? call(former.end, response, args) : this.#top.end(args);
    response.writeHead = (...args: Args) =>
      this.#top === undefined ? call(former.writeHead, response, args) : this.#top.writeHead(args);
    response.flushHeaders = () => {
      if (this.#top === undefined) call(former.flushHeaders, response, []);
      else this.#top.flushHeaders();
    };
  }

  /** Whether what the code writes now comes here first. */
  isOutermost(): boolean {
    return this.#response.write === this.#write && this.#response.end === this.#end;
  }

  rewrite(choose: ChoosePipe): void {
    this.#top = new PipedWriter(
      this.#response,
      this.#top ?? formerWriter(this.#response, this.#former),
      choose,
    );
  }
}

function formerWriter(response: ServerResponse, former: Former): Writer {
  return {
    write: (args) => call(former.write, response, args),
    end: (args) => call(former.end, response, args),
    writeHead: (args) => call(former.writeHead, response, args),
    flushHeaders: () => {
      call(former.flushHeaders, response, []);
    },
  };
}

/**
 * Passes a body through a pipe.
 *
 * The head waits for the body's first byte, or its end: its length changes, and a pipe may replace the status.
 */
class PipedWriter implements Writer {
  readonly #response: ServerResponse;
  readonly #next: Writer;
  readonly #choose: ChoosePipe;
  #isHeadHeld: boolean;
  #isChosen = false;
  #isEnded = false;
  #pipe: BodyPipe | undefined;

  constructor(response: ServerResponse, next: Writer, choose: ChoosePipe) {
    this.#response = response;
    this.#next = next;
    this.#choose = choose;
    this.#isHeadHeld = !response.headersSent;
  }

  #pipeFor(hasBody: boolean): BodyPipe | undefined {
    // From the first byte on, Node itself calls writeHead() to send what was set.
    this.#isHeadHeld = false;
    if (!this.#isChosen) {
      this.#isChosen = true;
      this.#pipe = this.#choose(hasBody);
    }
    return this.#isEnded ? undefined : this.#pipe;
  }

  writeHead(args: Args): ServerResponse {
    if (!this.#isHeadHeld) return this.#next.writeHead(args);
    const [status, reason] = args;
    const response = this.#response;
    response.statusCode = status as number;
    if (typeof reason === "string") response.statusMessage = reason;
    setHeaders(response, args.length > 1 ? args.at(-1) : undefined);
    return response;
  }

  flushHeaders(): void {
    // A stream may be silent for long, and its head is not replaced; of others the head goes with the first byte.
    if (this.#isHeadHeld && isPlainStream(this.#response)) this.#isHeadHeld = false;
    if (!this.#isHeadHeld) this.#next.flushHeaders();
  }

  write(args: Args): boolean {
    const chosen = this.#pipeFor(true);
    if (chosen === undefined) return this.#next.write(args);
    const [chunk, encoding] = args;
    const out = chosen.write(toBytes(chunk, encoding));
    const callback = args.find((one) => typeof one === "function");
    if (out.length > 0) return this.#next.write([out, "utf8", callback]);
    if (callback !== undefined) process.nextTick(callback);
    return true;
  }

  end(args: Args): ServerResponse {
    const [chunk, encoding] = args;
    const hasBody = chunk !== undefined && chunk !== null && typeof chunk !== "function";
    const chosen = this.#pipeFor(hasBody);
    this.#isEnded = true;
    if (chosen === undefined) return this.#next.end(args);
    const outs = [...(hasBody ? [chosen.write(toBytes(chunk, encoding))] : []), chosen.end()];
    if (!this.#response.headersSent) this.#response.removeHeader("Content-Length");
    const out = outs.every((one) => typeof one === "string")
      ? outs.join("")
      : Buffer.concat(outs.map((one) => Buffer.from(one)));
    const callback = args.find((one) => typeof one === "function");
    return this.#next.end(callback === undefined ? [out] : [out, callback]);
  }
}

function isPlainStream(response: ServerResponse): boolean {
  return (
    String(response.getHeader("content-type")).toLowerCase().startsWith("text/event-stream") &&
    !response.hasHeader("content-length") &&
    !response.hasHeader("content-encoding")
  );
}

function toBytes(chunk: unknown, encoding: unknown): Uint8Array {
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
