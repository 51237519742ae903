import type { IncomingMessage, ServerResponse } from "node:http";
import { CLOCK_SKEW } from "../standards/access-token.js";
import type { VerifiedCredential } from "../token/credential-verifier.js";

/** How long a stream lives that an API key opened, in milliseconds. */
const API_KEY_STREAM = 5 * 60_000;
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
 * @param now milliseconds since the epoch.
 * @see MCP 2026-07-28 basic/transports/streamable-http
 */
export function endWithToken(
  request: IncomingMessage & { body?: unknown },
  response: ServerResponse,
  credential: VerifiedCredential,
  now: () => number,
): void {
  // An API key has no end, but a stream should meet the guard again some time: as often as a token's does.
  const endsAt =
    credential.kind === "api-key"
      ? now() + API_KEY_STREAM
      : (credential.claims.exp + CLOCK_SKEW) * 1000;
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
