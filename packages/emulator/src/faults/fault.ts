import { setTimeout as wait } from "node:timers/promises";

/** What can go wrong with the real AuthKit, on demand. */
export type Fault =
  /** Over a socket the connection is destroyed; `fetch` rejects. */
  | "down"
  /** The connection stays open without an answer, until the caller gives up or the emulator closes. */
  | "hang"
  /** An error with this status; `retryAfterSeconds` is its Retry-After field. */
  | { readonly status: number; readonly retryAfterSeconds?: number }
  /** The true answer, later. */
  | { readonly delayMs: number }
  /** A lie: this body in place of the real one, with 200 unless another status is named; 204, 205 and 304 have none. */
  | { readonly body: string; readonly contentType?: string; readonly status?: number }
  /** A gateway that sends the caller elsewhere, with 302 unless another status is named. */
  | { readonly redirect: string; readonly status?: number }
  /** 200 with so many bytes. */
  | { readonly bytes: number }
  /** So many requests pass in so many seconds, and the others get a 429 with Retry-After. */
  | { readonly requests: number; readonly perSeconds: number };

/** A fault as the emulator carries it out. */
export type KnownFault =
  | { readonly kind: "down" }
  | { readonly kind: "hang" }
  | { readonly kind: "status"; readonly status: number; readonly retryAfterSeconds?: number }
  | { readonly kind: "delay"; readonly ms: number }
  | {
      readonly kind: "body";
      readonly body: string;
      readonly contentType: string;
      readonly status: number;
    }
  | { readonly kind: "redirect"; readonly location: string; readonly status: number }
  | { readonly kind: "bytes"; readonly bytes: number };

/** Rejected with when the emulator plays dead; the server answers it by destroying the connection. */
export class EmulatorDownError extends Error {
  override readonly name: string = "EmulatorDownError";
  readonly code: string = "ECONNREFUSED";

  constructor() {
    super("The emulator plays dead, as its faults ask for.");
  }
}

/** Answers a request under a fault; `answer` gives the true response, `stop` ends what hangs. */
export async function answerWithFault(
  fault: KnownFault,
  request: Request,
  answer: () => Promise<Response>,
  stop: AbortSignal,
): Promise<Response> {
  switch (fault.kind) {
    case "down":
      throw new EmulatorDownError();
    case "status":
      return Response.json(
        { message: "The emulator fails, as its faults ask for." },
        {
          status: fault.status,
          ...(fault.retryAfterSeconds === undefined
            ? {}
            : { headers: { "Retry-After": String(fault.retryAfterSeconds) } }),
        },
      );
    case "hang":
      return hang(AbortSignal.any([request.signal, stop]));
    case "delay":
      await wait(fault.ms, undefined, { signal: AbortSignal.any([request.signal, stop]) });
      return answer();
    case "body":
      return new Response(isBodiless(fault.status) ? null : fault.body, {
        status: fault.status,
        headers: { "Content-Type": fault.contentType },
      });
    case "redirect":
      return new Response(null, {
        status: fault.status,
        headers: { Location: fault.location },
      });
    case "bytes":
      return new Response(createByteStream(fault.bytes), {
        headers: { "Content-Type": "application/json" },
      });
  }
}

// A Response refuses a body with these.
function isBodiless(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}

function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(new EmulatorDownError());
    signal.addEventListener("abort", () => reject(new EmulatorDownError()), { once: true });
  });
}

// A JSON text that never ends would be told from a huge document by its first bytes; spaces are valid so far.
function createByteStream(bytes: number): ReadableStream<Uint8Array> {
  const chunkSize = 64 * 1024;
  let left = bytes;
  return new ReadableStream({
    pull(controller) {
      const size = Math.min(chunkSize, left);
      left -= size;
      if (size > 0) controller.enqueue(new Uint8Array(size).fill(0x20));
      if (left === 0) controller.close();
    },
  });
}
