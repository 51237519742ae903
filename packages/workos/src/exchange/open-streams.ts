import { budgetKey } from "../access/budget.js";
import type { VerifiedCredential } from "../credential/verify-credential.js";
import type { Schedule } from "../standards/schedule.js";
import type { Host } from "./host.js";

/** How long a stream lives that an API key opened. */
const API_KEY_STREAM_MS = 5 * 60_000;
/** How often an open stream's token is checked again. */
const CHECKED_EVERY_MS = 5_000;

/** The long streams that are open. */
export interface OpenStreams {
  /**
   * Watches the answer to a request, if it is a long stream; returns what is to be done when that is over, or that its
   * caller has as many open as it may.
   */
  readonly watch: (
    request: { readonly method: string; readonly body?: unknown },
    host: Pick<Host, "endStream">,
    credential: VerifiedCredential,
  ) => (() => void) | "too_many_streams" | undefined;
  /** Ends them all. */
  readonly close: () => void;
}

/** What {@link createOpenStreams} needs. */
export interface OpenStreamsOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly schedule: Schedule;
  /** Asked every five seconds while a stream is open: whether its credential counts no more. */
  readonly isOver: (credential: VerifiedCredential) => Promise<boolean>;
  /** How long a token is accepted after its `exp`. */
  readonly clockToleranceSeconds: number;
  /** Streams of one caller that may be open at the same time; a batch opens one for each of its subscriptions. */
  readonly maxPerCaller: number;
}

/**
 * Ends a long stream when the token that opened it ends, is revoked or loses its key; the client
 * opens a new one with a fresh token.
 *
 * Streams are what a GET opens (2025 revisions) and what `subscriptions/listen`
 * opens (2026-07-28). Does NOT cut the answer to a call that is being worked on:
 * the call was authorized when it came, and its effect cannot be taken back.
 *
 * @see MCP 2026-07-28 basic/transports/streamable-http
 */
export function createOpenStreams({
  now,
  schedule,
  isOver,
  clockToleranceSeconds,
  maxPerCaller,
}: OpenStreamsOptions): OpenStreams {
  const open = new Set<() => void>();
  const byCaller = new Map<string, number>();
  const count = (caller: string, streams: number): void => {
    const number = (byCaller.get(caller) ?? 0) + streams;
    if (number > 0) byCaller.set(caller, number);
    else byCaller.delete(caller);
  };

  const watch: OpenStreams["watch"] = (request, { endStream }, credential) => {
    const streams = request.method === "GET" ? 1 : subscriptionsIn(request.body);
    if (streams === 0) return undefined;
    const caller = budgetKey(credential);
    if ((byCaller.get(caller) ?? 0) + streams > maxPerCaller) return "too_many_streams";
    count(caller, streams);
    // An API key has no end, but a stream should meet the guard again some time: as often as a token's does.
    const endsAt =
      credential.kind === "api-key"
        ? now() + API_KEY_STREAM_MS
        : (credential.claims.exp + clockToleranceSeconds) * 1000;
    let cancel = (): void => undefined;
    let isOpen = true;
    const look = async (): Promise<void> => {
      if (await isOver(credential)) endStream();
      else if (isOpen) wait();
    };
    const wait = (): void => {
      const left = endsAt - now();
      if (left <= 0) endStream();
      else cancel = schedule(() => void look(), Math.min(left, CHECKED_EVERY_MS));
    };
    open.add(endStream);
    wait();
    return () => {
      if (isOpen) count(caller, -streams);
      open.delete(endStream);
      cancel();
      isOpen = false;
    };
  };

  return {
    watch,
    close() {
      for (const endStream of open) endStream();
    },
  };
}

function subscriptionsIn(body: unknown): number {
  return (Array.isArray(body) ? body : [body]).filter(subscribes).length;
}

function subscribes(message: unknown): boolean {
  return (
    typeof message === "object" &&
    message !== null &&
    "method" in message &&
    message.method === "subscriptions/listen"
  );
}
