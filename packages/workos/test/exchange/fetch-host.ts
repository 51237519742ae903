import type { Exchange } from "../../src/exchange/exchange.js";
import type { AnswerHead, BodyPipe, Host } from "../../src/exchange/host.js";
import type { AuthInfo } from "../../src/exchange/auth-info.js";

/** What is behind the guard: it sees no credential. */
export type App = (request: Request, auth: AuthInfo | undefined) => Response | Promise<Response>;

/** A second host: WHATWG Fetch, of which the exchange needs no more than of Node. */
export async function serveFetch(
  exchange: Exchange,
  request: Request,
  app: App,
  now: () => number,
): Promise<Response> {
  const host = new FetchHost(request);
  const body = request.body === null ? undefined : ((await request.clone().json()) as unknown);
  const { headers, method, url } = request;
  const field = (name: string): string | undefined => headers.get(name) ?? undefined;
  const step = await exchange.begin(
    {
      method,
      path: new URL(url).pathname,
      authorization: headers.has("authorization") ? [headers.get("authorization") ?? ""] : [],
      isPreflight: method === "OPTIONS" && headers.has("access-control-request-method"),
      requestedHeaders: field("access-control-request-headers"),
      host: new URL(url).host,
      origin: field("origin"),
      body,
      protocolVersion: field("mcp-protocol-version"),
      address: undefined,
      userAgent: field("user-agent"),
      receivedAt: now(),
    },
    host,
  );
  switch (step.kind) {
    case "answer": {
      const { status, headers: own, body: text } = step.answer;
      const hasBody = method !== "HEAD" && status !== 204;
      return host.respond(new Response(hasBody ? text : null, { status, headers: own }));
    }
    case "left":
      return Response.error();
    case "public": {
      const { promise, resolve } = Promise.withResolvers<Response>();
      step.run(() => {
        resolve(Promise.resolve(app(request, undefined)));
      });
      return promise;
    }
    case "proceed":
      return host.respond(await step.run(() => app(host.request, step.authInfo)));
  }
}

class FetchHost implements Host {
  request: Request;
  readonly headers: Host["headers"];
  #defaults = new Headers();
  #response: { status: number; headers: Headers } | undefined;
  #isSent = false;
  #hasEnded = false;
  #choose: ((hasBody: boolean) => BodyPipe | undefined)[] = [];
  #stop: (() => void) | undefined;
  #ended: (isComplete: boolean) => void = () => undefined;

  constructor(request: Request) {
    this.request = request;
    this.headers = () => Object.fromEntries(request.headers);
  }

  readonly head: AnswerHead = ((host: FetchHost) => ({
    get status() {
      return host.#response?.status ?? 200;
    },
    get isSent() {
      return host.#isSent;
    },
    getHeader: (name: string) => host.#fields.get(name) ?? undefined,
    setHeader: (name: string, value: string) => {
      host.#fields.set(name, value);
    },
    removeHeader: (name: string) => {
      host.#fields.delete(name);
    },
    replaceBy500() {
      const fields = host.#fields;
      for (const name of Array.from(fields.keys())) {
        if (name.startsWith("content-") || name === "etag") fields.delete(name);
      }
      fields.set("Content-Type", "application/json");
      host.#response = { status: 500, headers: fields };
    },
  }))(this);

  get #fields(): Headers {
    return this.#response?.headers ?? this.#defaults;
  }

  readonly isGone = (): boolean => this.request.signal.aborted;
  readonly withholdCredentials = (): void => {
    const headers = new Headers(this.request.headers);
    headers.set("authorization", "[withheld]");
    this.request = new Request(this.request, { headers });
  };
  readonly onEnd: Host["onEnd"] = (run) => {
    this.#ended = run;
  };
  readonly interceptBody = (): void => undefined;
  readonly hasEnded = (): boolean => this.#hasEnded;
  readonly rewriteBody: Host["rewriteBody"] = (choose) => {
    this.#choose.push(choose);
  };
  readonly requestPlainBody = (): (() => void) => () => undefined;
  readonly endStream = (): void => {
    this.#stop?.();
  };
  readonly cutOff = (): void => {
    this.#stop?.();
  };

  /** Sends what the app answered: the head with the first byte that leaves the pipes, or at the end. */
  async respond(response: Response): Promise<Response> {
    const headers = new Headers(this.#defaults);
    for (const [name, value] of response.headers) headers.set(name, value);
    this.#response = { status: response.status, headers };
    const reader = response.body?.getReader();
    const { promise: stopped, resolve } = Promise.withResolvers<{
      done: true;
      value?: undefined;
    }>();
    this.#stop = () => {
      resolve({ done: true });
    };
    const read = async (): Promise<{ done: boolean; value?: Uint8Array | undefined }> =>
      Promise.race([reader?.read() ?? { done: true }, stopped]);
    const first = await read();
    const pipes = this.#choose.toReversed().flatMap((choose) => choose(!first.done) ?? []);
    const through = (bytes: Uint8Array, from: readonly BodyPipe[]): Uint8Array =>
      from.reduce((given, pipe) => encode(pipe.write(given)), bytes);
    /** What leaves the pipes for what was read; undefined after the end. */
    const pass = ({ done, value }: Awaited<ReturnType<typeof read>>): Uint8Array[] =>
      done
        ? pipes.map((pipe, index) => through(encode(pipe.end()), pipes.slice(index + 1)))
        : [through(value as Uint8Array, pipes)];
    let next = first;
    let out = pass(next);
    while (!next.done && out.every(({ length }) => length === 0)) {
      next = await read();
      out = pass(next);
    }
    this.#isSent = true;
    const body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        let hasSent = false;
        while (!hasSent) {
          for (const bytes of out) if (bytes.length > 0) controller.enqueue(bytes);
          hasSent = out.some(({ length }) => length > 0);
          if (next.done) {
            controller.close();
            this.#hasEnded = true;
            this.#ended(true);
            return;
          }
          next = await read();
          out = pass(next);
        }
      },
      cancel: () => {
        this.#ended(false);
      },
    });
    const { status, headers: fields } = this.#response;
    return new Response(status === 204 ? null : body, { status, headers: fields });
  }
}

const encode = (given: string | Uint8Array): Uint8Array =>
  typeof given === "string" ? new TextEncoder().encode(given) : given;
