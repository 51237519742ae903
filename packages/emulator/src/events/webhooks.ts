import { createHmac } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import type { LoggedEvent } from "./event-log.js";

/** Where events are posted to. */
export interface WebhookEndpoint {
  /** On this machine: an emulator calls no other. */
  readonly url: string;
  /** Signs every body; at least eight characters. */
  readonly secret: string;
  /** Event types; all when left out. */
  readonly events?: readonly string[];
}

/** Milliseconds before each further attempt; WorkOS takes three days for six. */
const retryDelays = [100, 500, 2_500];

/**
 * Makes what posts events, signed as WorkOS does: `t` in milliseconds and an HMAC-SHA256 of `t`, a dot and the body.
 *
 * An answer other than 2xx is tried again, three times, soon. No request waits for it, and order is not kept. The signature
 * carries the real time, whatever the emulator's clock is, since receivers compare it with theirs.
 */
export function createWebhooks(endpoints: readonly WebhookEndpoint[]): {
  readonly deliver: (event: LoggedEvent) => void;
  /** Ends the deliveries that are on their way; later events are posted. */
  readonly forget: () => void;
} {
  let stopped = new AbortController();
  const attempt = async (
    { url, secret }: WebhookEndpoint,
    body: string,
    signal: AbortSignal,
  ): Promise<boolean> => {
    const time = Date.now();
    const hash = createHmac("sha256", secret).update(`${time}.${body}`).digest("hex");
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "workos-signature": `t=${time}, v1=${hash}`,
        },
        body,
        signal,
        redirect: "error",
      });
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false;
    }
  };
  const send = async (endpoint: WebhookEndpoint, body: string): Promise<void> => {
    const { signal } = stopped;
    for (const delay of [0, ...retryDelays]) {
      await setTimeout(delay, undefined, { ref: false });
      if (signal.aborted || (await attempt(endpoint, body, signal))) return;
    }
  };
  return {
    deliver(event) {
      const body = JSON.stringify(event);
      for (const endpoint of endpoints) {
        if (endpoint.events?.includes(event.event) !== false) void send(endpoint, body);
      }
    },
    forget() {
      stopped.abort();
      stopped = new AbortController();
    },
  };
}
