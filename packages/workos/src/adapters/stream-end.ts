import type { IncomingMessage, ServerResponse } from "node:http";

/** Longest delay a timer can hold, in milliseconds. */
const LONGEST_DELAY = 2 ** 31 - 1;

/**
 * Ends a long stream when the token that opened it ends; the client opens a new
 * one with a fresh token.
 *
 * Streams are what a GET opens (2025 revisions) and what `subscriptions/listen`
 * opens (2026-07-28). Does NOT cut the answer to a call that is being worked on:
 * the call was authorized when it came, and its effect cannot be taken back.
 *
 * @param endsAt milliseconds since the epoch.
 * @see MCP 2026-07-28 basic/transports/streamable-http
 */
export function endWithToken(
  request: IncomingMessage & { body?: unknown },
  response: ServerResponse,
  endsAt: number,
  now: () => number,
): void {
  if (request.method !== "GET" && !isSubscription(request.body)) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = (): void => {
    const left = endsAt - now();
    if (left > 0) {
      timer = setTimeout(wait, Math.min(left, LONGEST_DELAY)).unref();
      return;
    }
    // Whoever still writes finds a stream that has ended; that is no fault to end the process with.
    response.on("error", () => undefined);
    response.end();
  };
  wait();
  response.once("close", () => {
    clearTimeout(timer);
  });
}

function isSubscription(body: unknown): boolean {
  const messages: readonly unknown[] = Array.isArray(body) ? body : [body];
  return messages.some(
    (message) =>
      typeof message === "object" &&
      message !== null &&
      "method" in message &&
      message.method === "subscriptions/listen",
  );
}
