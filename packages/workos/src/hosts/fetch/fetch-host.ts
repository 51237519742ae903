import type { AnswerHead, Host } from "../../exchange/host.js";
import { WITHHELD } from "../../exchange/auth-info.js";
import { exposedHeaders } from "../../guard/answer.js";
import { captureScope } from "../../session/store.js";
import { BODILESS } from "../../standards/bodiless.js";
import type { JsonBody } from "../read-json.js";
import type { Fate } from "../withheld-fields.js";
import { BodyStages } from "./body-stages.js";

/** Statuses whose answer has no body (Fetch §2.2.3). */
const NULL_BODY: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);

type Run = <Result>(next: () => Result) => Result;

/** Lends an exchange one request of a Fetch server, and its answer. */
export class FetchHost implements Host {
  readonly #request: Request;
  /** The request's, once it is read. */
  #body: JsonBody | undefined;
  readonly #fateOf: (name: string) => Fate;
  readonly #stages = new BodyStages();
  /** What the code behind the guard is shown. */
  #fields: Headers;
  #answer: { status: number; readonly headers: Headers } = { status: 200, headers: new Headers() };
  #isSent = false;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #stopped: "ended" | "cut" | undefined;
  #onEnd: ((isComplete: boolean) => void) | undefined;
  #endWork: (() => void) | undefined;
  /** A runtime reads and cancels streams outside of every request. */
  readonly #inScope = captureScope();

  /**
   * @param fateOf judges the request's header fields.
   * @param endWork is called when the answer has ended.
   */
  constructor(request: Request, fateOf: (name: string) => Fate, endWork?: () => void) {
    this.#endWork = endWork;
    this.#request = request;
    this.#fateOf = fateOf;
    this.#fields = request.headers;
  }

  readonly head: AnswerHead = ((host: FetchHost) => ({
    get status() {
      return host.#answer.status;
    },
    get isSent() {
      return host.#isSent;
    },
    getHeader: (name: string) => host.#answer.headers.get(name) ?? undefined,
    setHeader: (name: string, value: string) => {
      host.#answer.headers.set(name, value);
    },
    removeHeader: (name: string) => {
      host.#answer.headers.delete(name);
    },
    replaceBy500() {
      const { headers } = host.#answer;
      for (const name of Array.from(headers.keys())) {
        if (name.startsWith("content-") || name === "etag") headers.delete(name);
      }
      headers.set("Content-Type", "application/json");
      host.#answer.status = 500;
    },
  }))(this);

  readonly isGone: Host["isGone"] = () => this.#request.signal.aborted;
  readonly headers: Host["headers"] = () => Object.fromEntries(this.#request.headers);
  readonly hasEnded: Host["hasEnded"] = () => this.#stages.isEnded;
  readonly interceptBody: Host["interceptBody"] = () => undefined;

  readonly takeBody = (body: JsonBody): void => {
    this.#body = body;
  };

  readonly withholdCredentials: Host["withholdCredentials"] = () => {
    const kept = new Headers(this.#fields);
    this.#withholdFrom(kept);
    this.#fields = kept;
    try {
      // Next.js shows code the header fields of the request itself.
      this.#withholdFrom(this.#request.headers);
    } catch {
      // Elsewhere they cannot be changed, and code sees the copy alone.
    }
  };

  readonly onEnd: Host["onEnd"] = (run) => {
    this.#onEnd = run;
    this.#request.signal.addEventListener("abort", () => {
      this.#finish(false);
      this.#cancel();
    });
  };

  readonly rewriteBody: Host["rewriteBody"] = (choose) => {
    this.#stages.add(choose);
  };

  readonly requestPlainBody: Host["requestPlainBody"] = () => {
    const plain = new Headers(this.#fields);
    plain.set("accept-encoding", "identity");
    this.#fields = plain;
    // What is outside of the guard has a request of its own, which was not touched.
    return () => undefined;
  };

  readonly endStream: Host["endStream"] = () => {
    this.#stop("ended");
  };

  readonly cutOff: Host["cutOff"] = () => {
    this.#stop("cut");
  };

  /** The request as the code behind the guard is to see it: its body is what was judged. */
  requestBehind(): Request {
    if (this.#fields === this.#request.headers) return this.#request;
    const { body, url, method, signal } = this.#request;
    const headers = new Headers(this.#fields);
    if (this.#body === undefined || !("text" in this.#body)) {
      // Made of its parts: what Next.js lends is a proxy, which is no Request that another can be made of.
      const passed = BODILESS.has(method) ? null : body;
      const init = { method, headers, signal, body: passed, duplex: "half" };
      return new Request(url, init as RequestInit);
    }
    headers.delete("content-length");
    headers.delete("transfer-encoding");
    headers.set("content-type", "application/json");
    return new Request(url, { method, headers, signal, body: this.#body.text });
  }

  /**
   * Sends what the code behind the guard answers: the head with the first byte that leaves the pipes, or at the end; of
   * a stream at once, since it may be silent for long.
   *
   * @param run runs something as part of the request.
   * @throws what the code throws.
   */
  async send(answer: () => Response | Promise<Response>, run: Run): Promise<Response> {
    try {
      const response = await run(answer);
      this.#take(response);
      if (!this.#isPlainStream()) {
        while (!this.#stages.hasOutput && !this.#stages.isEnded) await run(() => this.#read());
      }
    } catch (error) {
      this.#finish(false);
      throw error;
    }
    return this.#release(run);
  }

  #take({ body, headers, status }: Response): void {
    const own = new Headers(headers);
    const given = this.#answer.headers;
    for (const [name, value] of given) if (!own.has(name)) own.set(name, value);
    if (given.has("Access-Control-Expose-Headers")) {
      const byApp = headers.get("Access-Control-Expose-Headers") ?? undefined;
      own.set("Access-Control-Expose-Headers", exposedHeaders(byApp));
    }
    this.#answer = { status, headers: own };
    this.#reader = body?.getReader();
    if (this.#stopped !== undefined) this.#stop(this.#stopped);
  }

  #isPlainStream(): boolean {
    const { headers } = this.#answer;
    return (
      this.#reader !== undefined &&
      (headers.get("content-type") ?? "").toLowerCase().startsWith("text/event-stream") &&
      !headers.has("content-length") &&
      !headers.has("content-encoding")
    );
  }

  async #read(): Promise<void> {
    const next = await this.#reader?.read();
    if (this.#stages.isEnded) return;
    if (next?.value === undefined) this.#stages.end();
    else this.#stages.write(next.value);
  }

  #release(run: Run): Response {
    this.#isSent = true;
    const { status, headers } = this.#answer;
    if (this.#stopped === "cut") {
      this.#finish(false);
      throw new Error("The answer was cut off before its first byte was sent");
    }
    if (NULL_BODY.has(status) || (this.#stages.isEnded && !this.#stages.hasOutput)) {
      this.#finish(true);
      return new Response(null, { status, headers });
    }
    const body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        try {
          while (!this.#stages.hasOutput && !this.#stages.isEnded) await run(() => this.#read());
          if (this.#stopped === "cut") throw new Error("The answer was cut off");
          for (const bytes of this.#stages.take()) controller.enqueue(bytes);
          if (!this.#stages.isEnded) return;
          controller.close();
          this.#finish(true);
        } catch (error) {
          this.#finish(false);
          controller.error(error);
        }
      },
      cancel: async (reason) => {
        this.#finish(false);
        await this.#reader?.cancel(reason);
      },
    });
    return new Response(body, { status, headers });
  }

  #stop(how: "ended" | "cut"): void {
    this.#stopped = how;
    this.#cancel();
  }

  /** Ends a read that waits, and the stream of the code behind the guard. */
  #cancel(): void {
    void this.#reader?.cancel().catch(() => undefined);
  }

  #withholdFrom(fields: Headers): void {
    for (const name of Array.from(fields.keys())) {
      if (name !== "authorization" && this.#fateOf(name) !== "kept") fields.delete(name);
    }
    fields.set("authorization", WITHHELD);
  }

  #finish(isComplete: boolean): void {
    const run = this.#onEnd;
    const endWork = this.#endWork;
    this.#onEnd = undefined;
    this.#endWork = undefined;
    this.#inScope(() => {
      run?.(isComplete);
      endWork?.();
    });
  }
}
