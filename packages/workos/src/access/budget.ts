import { toMembers } from "../standards/members.js";
import type { VerifiedCredential } from "../credential/verify-credential.js";

/*
 * What one request, and one caller, may make this server do. A request above a bound is refused before anything that it
 * asks for is looked up, judged or run. With the bounds below one request makes 105 calls of the WorkOS API at most: one
 * for each check of `hasPermissionOn()`, two for the membership, two for the organizations, one for the flags.
 */

/** Messages of a batch. Each runs and is an event, so that one request could push all others out of an audit log. */
const MAX_MESSAGES_PER_BATCH = 100;

/** Tools, prompts and resources that a message may name: a subscription can name thousands, each a check and an API call. */
const MAX_TARGETS_PER_MESSAGE = 100;

/** Tools, prompts and resources of all messages; a message that names nothing counts as one. The same in a batch. */
const MAX_TARGETS_PER_REQUEST = 200;

/** UTF-8 bytes of a name or URI, which is parsed, compared with patterns, written to logs and given to checks. */
const MAX_NAME_BYTES = 4_096;

/** Checks that one request may need, each spelling of a URI one: each may be a call of the WorkOS API or of a database. */
export const MAX_CHECKS_PER_REQUEST = 100;

/** Checks of one caller at the same time, of all its requests: a flood takes no more sockets than this. */
export const MAX_CHECKS_AT_ONCE = 8;

/** Checks of one caller that wait for their turn, in memory. */
export const MAX_CHECKS_WAITING = 1_000;

/** A bound of the budget that a body is over, as a reason id. */
export type Excess = "batch_too_long" | "too_many_targets" | "name_too_long";

/** How much a body asks for. */
export interface Load {
  /** What its caller is charged: its targets, at least one for each message, and no more than a request may have. */
  readonly uses: number;
  readonly excess: Excess | undefined;
}

/**
 * Measures how much a parsed body asks for, without reading any name.
 *
 * Looks wherever a method of MCP names something, whatever the method. Does NOT tell what a message uses: see
 * `readMessages()`.
 */
export function measureLoad(body: unknown): Load {
  const messages: readonly unknown[] = Array.isArray(body) ? body : [body];
  if (messages.length > MAX_MESSAGES_PER_BATCH) {
    return { uses: MAX_TARGETS_PER_REQUEST, excess: "batch_too_long" };
  }
  let uses = 0;
  let hasLongName = false;
  for (const message of messages) {
    const { name, uri, ref, notifications } = toMembers(toMembers(message)["params"]);
    const { resourceSubscriptions } = toMembers(notifications);
    const listed: readonly unknown[] = Array.isArray(resourceSubscriptions)
      ? resourceSubscriptions
      : [];
    uses += Math.max(1, listed.length);
    if (listed.length > MAX_TARGETS_PER_MESSAGE || uses > MAX_TARGETS_PER_REQUEST) {
      return { uses: MAX_TARGETS_PER_REQUEST, excess: "too_many_targets" };
    }
    const named = toMembers(ref);
    hasLongName ||= [name, uri, named["name"], named["uri"], ...listed].some(isTooLong);
  }
  return { uses: Math.max(1, uses), excess: hasLongName ? "name_too_long" : undefined };
}

function isTooLong(name: unknown): boolean {
  if (typeof name !== "string" || name.length * 3 <= MAX_NAME_BYTES) return false;
  return name.length > MAX_NAME_BYTES || new TextEncoder().encode(name).length > MAX_NAME_BYTES;
}

/** What a caller's budgets are counted by: a person, an application or an API key, wherever it comes from. */
export function budgetKey(credential: VerifiedCredential): string {
  return credential.kind === "api-key"
    ? `api-key ${credential.key.id}`
    : `${credential.principal.kind} ${credential.principal.id}`;
}
