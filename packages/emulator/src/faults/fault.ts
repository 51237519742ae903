import { setTimeout as wait } from "node:timers/promises";

/** What can go wrong with the real AuthKit, on demand. */
export type Fault =
  /** Nobody answers: over a socket the connection is destroyed, `fetch` rejects. */
  | { readonly kind: "down" }
  /** An error with this status; `retryAfter` is the Retry-After field, in seconds. */
  | { readonly kind: "status"; readonly status: number; readonly retryAfter?: number }
  /** So many requests pass in so many seconds, and the others get a 429 with Retry-After. */
  | { readonly kind: "rate-limit"; readonly requests: number; readonly seconds: number }
  /** The connection stays open and nothing comes, until the caller gives up or the emulator closes. */
  | { readonly kind: "hang" }
  | { readonly kind: "slow"; readonly ms: number }
  /** A lie: this body in place of the real one, with 200 unless another status is named; 204, 205 and 304 have none. */
  | {
      readonly kind: "body";
      readonly body: string;
      readonly contentType?: string;
      readonly status?: number;
    }
  /** A gateway that sends the caller elsewhere, with 302 unless another status is named. */
  | { readonly kind: "redirect"; readonly location: string; readonly status?: number }
  | { readonly kind: "huge"; readonly bytes: number };

/** Parts of the emulator; `audit-logs` and `events` are parts of `api`. */
export type FaultTarget = "jwks" | "metadata" | "api" | "audit-logs" | "events" | "token" | "all";

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
  fault: Exclude<Fault, { kind: "rate-limit" }>,
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
          ...(fault.retryAfter === undefined
            ? {}
            : { headers: { "Retry-After": String(fault.retryAfter) } }),
        },
      );
    case "hang":
      return hang(AbortSignal.any([request.signal, stop]));
    case "slow":
      await wait(fault.ms, undefined, { signal: AbortSignal.any([request.signal, stop]) });
      return answer();
    case "body":
      return new Response(isBodiless(fault.status) ? null : fault.body, {
        status: fault.status ?? 200,
        headers: { "Content-Type": fault.contentType ?? "application/json" },
      });
    case "redirect":
      return new Response(null, {
        status: fault.status ?? 302,
        headers: { Location: fault.location },
      });
    case "huge":
      return new Response(streamOf(fault.bytes), {
        headers: { "Content-Type": "application/json" },
      });
  }
}

// A Response refuses a body with these.
function isBodiless(status: number | undefined): boolean {
  return status === 204 || status === 205 || status === 304;
}

function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(new EmulatorDownError());
    signal.addEventListener("abort", () => reject(new EmulatorDownError()), { once: true });
  });
}

// A JSON text that never ends would be told from a huge document by its first bytes; spaces are valid so far.
function streamOf(bytes: number): ReadableStream<Uint8Array> {
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
