import type { Trail } from "../trail/event.js";
import { json, type Answer } from "./answer.js";
import type { GuardRequest } from "./outcome.js";
import { describeOrigin, type Origin } from "./usage-events.js";

/** A webhook request, as the guard sees it. */
export interface WebhookRequest extends Origin {
  readonly method: string;
  readonly path: string;
  /** The WorkOS-Signature field. */
  readonly signature?: string | undefined;
  /** When it came, in milliseconds since the epoch. */
  readonly receivedAt: number;
  /** The body as the host's JSON parser read it. */
  readonly body?: unknown;
  /** The body as received, where the host kept it: that counts then. */
  readonly rawBody?: unknown;
  /** Reads a body that nothing has read. */
  readonly readText?: GuardRequest["readText"];
}

/** What takes webhooks: an answer, or nothing when the request is for another path. */
export type WebhookIntake = (request: WebhookRequest) => Promise<Answer> | undefined;

/** Longest body that is looked at, in characters. */
const LONGEST_BODY = 256 * 1024;

/**
 * Makes the intake for WorkOS webhooks: a hint that comes sooner than the next poll.
 *
 * A signature of WorkOS and nothing else gets an event in; its path needs no access
 * token. Everything else is refused without saying why it does not fit. An event that
 * was seen before changes nothing. Does NOT need webhooks to arrive, nor in order:
 * the Events API has them all.
 *
 * @param verify checks signature and age, and rejects when they are wrong.
 * @see https://workos.com/docs/events/data-syncing/webhooks
 */
export function createWebhookIntake({
  path: expected,
  verify,
  onEvent,
  trail,
  now,
}: {
  readonly path: string;
  readonly verify: (body: string, signature: string) => Promise<unknown>;
  readonly onEvent: (event: unknown) => void;
  readonly trail: Trail;
  readonly now: () => number;
}): WebhookIntake {
  const refuse = (
    status: 400 | 405 | 413,
    reason: keyof typeof DETAILS,
    request: WebhookRequest,
  ): Answer => {
    const { method, receivedAt } = request;
    const detail = `a request to the webhook path ${expected} was not one of WorkOS: ${DETAILS[reason]}`;
    const durationMs = now() - receivedAt;
    trail({
      kind: "refused",
      reason,
      status,
      method,
      ...describeOrigin(request),
      detail,
      durationMs,
    });
    const allow = status === 405 ? { Allow: "POST" } : {};
    return json(status, { error: "invalid_webhook", reason }, { ...NO_STORE, ...allow });
  };

  const take = async (request: WebhookRequest): Promise<Answer> => {
    const { method, signature, body, rawBody } = request;
    if (method !== "POST") return refuse(405, "webhook_method", request);
    if (signature === undefined) return refuse(400, "webhook_unsigned", request);
    // The SDK takes a time that is no number, or one to come, for recent.
    const isDated = isRecent(signature, now());
    // Of what is refused anyway nothing is read.
    if (!isDated && request.readText !== undefined) {
      return refuse(400, "webhook_signature", request);
    }
    const read = await request.readText?.(LONGEST_BODY);
    if (typeof read === "object" && read.unreadBody === "too_large") {
      return refuse(413, "webhook_too_long", request);
    }
    const text = typeof read === "string" ? read : readBodyText(rawBody ?? body);
    if (text === undefined) return refuse(400, "webhook_unreadable", request);
    if (text.length > LONGEST_BODY) return refuse(413, "webhook_too_long", request);
    if (!isDated) return refuse(400, "webhook_signature", request);
    try {
      await verify(text, signature);
    } catch {
      return refuse(400, "webhook_signature", request);
    }
    let event: unknown;
    try {
      event = JSON.parse(text);
    } catch {
      return refuse(400, "webhook_unreadable", request);
    }
    onEvent(event);
    return json(200, { received: true }, NO_STORE);
  };

  return (request) => (request.path === expected ? take(request) : undefined);
}

const NO_STORE = Object.freeze({ "Cache-Control": "no-store" });

/** How old a webhook may be, and how far ahead WorkOS's clock, in milliseconds. */
const MAX_AGE_MS = 180_000;

/** Returns whether a WorkOS-Signature field names a time, in milliseconds since the epoch, that is now or nearly so. */
function isRecent(signature: string, now: number): boolean {
  const [, stamp] = /^\s*t=(\d{1,16})\s*,/.exec(signature) ?? [];
  return stamp !== undefined && Math.abs(now - Number(stamp)) <= MAX_AGE_MS;
}

/** Why a request to the webhook's path was turned away, and its words in the log. */
const DETAILS = {
  webhook_method: "it is no POST",
  webhook_unsigned: "it has no WorkOS-Signature field",
  webhook_unreadable: "its body is no JSON, or nested too deep",
  webhook_too_long: "its body is longer than 256 KiB",
  webhook_signature:
    "its signature or its age does not fit; compare revocation.webhook.secret with the endpoint's secret in the dashboard",
} as const;

/**
 * The text that was signed. xmcp parses JSON before any middleware; WorkOS signs what
 * JSON.stringify() writes, and writing what was parsed gives the same text again.
 */
function readBodyText(body: unknown): string | undefined {
  if (typeof body === "string") return body;
  if (body instanceof Uint8Array) return new TextDecoder().decode(body);
  if (typeof body !== "object" || body === null) return undefined;
  try {
    return JSON.stringify(body);
  } catch {
    // Nested deeper than the stack, or with members that no JSON parser makes.
    return undefined;
  }
}
