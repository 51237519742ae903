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

/** A letter that is to be sent. */
export interface WaitingEntry extends OutboxEntry {
  /** How often it was sent, and when for the first time, in milliseconds since the epoch. */
  readonly attempts: number;
  readonly firstTriedAt: number | undefined;
}

/** A letter that is not sent any more, and why. */
export interface FailedEntry extends Omit<OutboxEntry, "event"> {
  /** Undefined when the row of the file could not be read as an event; it cannot be sent again. */
  readonly event: AuditLogEvent | undefined;
  /** Why WorkOS did not take it. */
  readonly problem: string;
  /** Milliseconds since the epoch. */
  readonly failedAt: number;
}

/**
 * A letter is postponed for so long at most, in milliseconds: what is due later than that was put while the clock was
 * ahead, and is due now.
 */
export const LONGEST_WAIT: number = 5 * 60_000;

/** Letters of one organization that are ready. */
export interface Queue {
  readonly organizationId: string;
  /** When the first of them is due, in milliseconds since the epoch. */
  readonly dueAt: number;
}

/** Where letters wait. Nothing here asks WorkOS; times are milliseconds since the epoch. */
export interface Outbox {
  /** Stores a new letter; one that is not ready is kept until it is. False when there is no room. */
  readonly put: (letter: OutboxEntry, isReady: boolean, now: number) => boolean;
  /** Stores letters of another outbox, which were tried already perhaps; returns the keys of those that fit. */
  readonly adopt: (letters: readonly WaitingEntry[], now: number) => readonly string[];
  /** Replaces the letter with this key and makes it ready, from now on; false when it is not there any more. */
  readonly finish: (letter: OutboxEntry, now: number) => boolean;
  /** Makes every letter ready as it is: nothing will finish those that are not. */
  readonly finishAll: () => void;
  /** Returns whose letter is to give way for an arriving one. */
  readonly chooseShare: (arriving: Share) => Share;
  /** Drops the oldest or newest ready letter of a share. False when there is none. */
  readonly drop: (share: Share, which: "oldest" | "newest") => boolean;
  /** Organizations with ready letters, due or not. */
  readonly queues: () => readonly Queue[];
  /** Ready letters of an organization whose time has come, those first that have been ready for longest. */
  readonly due: (organizationId: string, now: number, most: number) => readonly WaitingEntry[];
  /** Notes how often a letter was sent and when for the first time, and that it is not due before then. */
  readonly note: (letter: WaitingEntry, dueAt: number) => void;
  readonly remove: (key: string) => void;
  /** Makes everything that was postponed due now. */
  readonly hurry: (now: number) => void;
  /** Sends a letter no more, and keeps it; true when the oldest failed entry had to make room for it. */
  readonly bury: (key: string, problem: string, now: number) => boolean;
  readonly failedEntries: () => readonly FailedEntry[];
  /**
   * Makes the failed entries with these keys, or all, ready again, as if they had never been sent; how many there were.
   *
   * Does NOT know whether one was taken although no answer came: a day later its key means nothing any more, and it
   * could be there twice.
   */
  readonly revive: (keys: readonly string[] | undefined, now: number) => number;
  /** Letters that wait; cheap. */
  readonly size: () => number;
  /** Cheap too, however many letters there are. */
  readonly count: () => Omit<OutboxCount, "lost">;
  readonly close: () => void;
}

/** What is in an outbox, and what is not. */
export interface OutboxCount {
  /** Letters to be sent, and those of calls that have not ended. */
  readonly waiting: number;
  readonly failed: number;
  /** Letters that were dropped since the start, for whatever reason. */
  readonly lost: number;
  /** Since when the oldest of the waiting waits, in milliseconds since the epoch. */
  readonly oldest: number | undefined;
}
