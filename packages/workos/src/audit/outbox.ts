import type { AuditLogEvent, KeyedAuditLogEvent } from "../workos/audit-log-event.js";
import type { Share } from "./shares.js";

/** An audit log event on its way. */
export type OutboxEntry = KeyedAuditLogEvent;

/**
 * An entry whose event is built when it is first read: the event of the beginning of a call is not read, once
 * the call has ended.
 */
export function lazyEntry(
  key: string,
  organizationId: string,
  say: () => AuditLogEvent,
): OutboxEntry {
  let said: AuditLogEvent | undefined;
  return {
    key,
    organizationId,
    get event() {
      return (said ??= say());
    },
  };
}

/** An entry that is to be sent. */
export interface WaitingEntry extends OutboxEntry {
  /** How often it was sent, and when for the first time, in milliseconds since the epoch. */
  readonly attempts: number;
  readonly firstTriedAt: number | undefined;
}

/** An entry that is not sent any more, and why. */
export interface FailedEntry extends Omit<OutboxEntry, "event"> {
  /** Undefined when the row of the file could not be read as an event; it cannot be sent again. */
  readonly event: AuditLogEvent | undefined;
  /** Why WorkOS did not take it. */
  readonly problem: string;
  /** Milliseconds since the epoch. */
  readonly failedAt: number;
}

/**
 * An entry is postponed for so long at most, in milliseconds: what is due later than that was put while the clock was
 * ahead, and is due now.
 */
export const MAX_BACKOFF_MS: number = 5 * 60_000;

/** Entries of one organization that are ready. */
export interface Queue {
  readonly organizationId: string;
  /** When the first of them is due, in milliseconds since the epoch. */
  readonly dueAt: number;
}

/** Where entries wait. Nothing here asks WorkOS; times are milliseconds since the epoch. */
export interface Outbox {
  /** Stores a new entry; one that is not ready is kept until it is. False when there is no room. */
  readonly put: (entry: OutboxEntry, isReady: boolean, now: number) => boolean;
  /** Stores entries of another outbox, which were tried already perhaps; returns the keys of those that fit. */
  readonly adopt: (entries: readonly WaitingEntry[], now: number) => readonly string[];
  /** Replaces the entry with this key and makes it ready, from now on; false when it is not there any more. */
  readonly finish: (entry: OutboxEntry, now: number) => boolean;
  /** Makes every entry ready as it is: nothing will finish those that are not. */
  readonly finishAll: () => void;
  /** Returns whose entry is to give way for an arriving one. */
  readonly chooseShare: (arriving: Share) => Share;
  /** Drops the oldest or newest ready entry of a share. False when there is none. */
  readonly drop: (share: Share, which: "oldest" | "newest") => boolean;
  /** Organizations with ready entries, due or not. */
  readonly queues: () => readonly Queue[];
  /** Ready entries of an organization whose time has come, those first that have been ready for longest. */
  readonly due: (organizationId: string, now: number, most: number) => readonly WaitingEntry[];
  /** Notes how often an entry was sent and when for the first time, and that it is not due before then. */
  readonly note: (entry: WaitingEntry, dueAt: number) => void;
  readonly remove: (key: string) => void;
  /** Makes everything that was postponed due now. */
  readonly hurry: (now: number) => void;
  /** Sends an entry no more, and keeps it; true when the oldest failed entry had to make room for it. */
  readonly bury: (key: string, problem: string, now: number) => boolean;
  readonly failedEntries: () => readonly FailedEntry[];
  /**
   * Makes the failed entries with these keys, or all, ready again, as if they had never been sent; how many there were.
   *
   * Does NOT know whether one was taken although no answer came: a day later its key means nothing any more, and it
   * could be there twice.
   */
  readonly revive: (keys: readonly string[] | undefined, now: number) => number;
  /** Entries that wait; cheap. */
  readonly size: () => number;
  /** Cheap too, however many entries there are. */
  readonly count: () => Omit<OutboxCount, "lost">;
  readonly close: () => void;
}

/** What a delivery needs of an outbox. */
export type DeliveredOutbox = Pick<
  Outbox,
  "queues" | "due" | "note" | "remove" | "hurry" | "bury" | "size"
>;

/** What is in an outbox, and what is not. */
export interface OutboxCount {
  /** Entries to be sent, and those of calls that have not ended. */
  readonly waiting: number;
  readonly failed: number;
  /** Entries that were dropped since the start, for whatever reason. */
  readonly lost: number;
  /** Since when the oldest of the waiting waits, in milliseconds since the epoch. */
  readonly oldest: number | undefined;
}

/** Reads an event that was stored as text; undefined for what was not written by this package, or was damaged. */
export function parseEvent(text: string): AuditLogEvent | undefined {
  try {
    const event = JSON.parse(text) as Partial<AuditLogEvent> | null;
    const { action, actor, targets, context } = event ?? {};
    const isEvent =
      typeof action === "string" &&
      typeof actor?.id === "string" &&
      typeof context === "object" &&
      Array.isArray(targets);
    return isEvent ? (event as AuditLogEvent) : undefined;
  } catch {
    return undefined;
  }
}
