import type { AuditLogEvent, KeyedAuditLogEvent } from "../workos/audit-log-event.js";
import { createShares, toShare, type Share } from "./shares.js";

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

/** An outbox whose letters can be looked at without a disk. */
export interface MemoryOutbox extends Outbox {
  readonly has: (key: string) => boolean;
  /** Ready letters, the first ones, due or not. */
  readonly ready: (most: number) => readonly WaitingEntry[];
  /** Letters that are not ready, the first ones. */
  readonly begun: (most: number) => readonly WaitingEntry[];
}

interface Entry {
  letter: OutboxEntry;
  readonly addedAt: number;
  dueAt: number;
  attempts: number;
  firstTriedAt: number | undefined;
  share: Share | undefined;
}

/** Ready letters of an organization: those that were never sent in their order, and those that were. */
interface Lane {
  readonly fresh: Map<string, Entry>;
  readonly tried: Map<string, Entry>;
}

/**
 * Makes an outbox in memory: what waits in it ends with the process.
 *
 * @param capacity letters that wait at most, and failed ones at most.
 */
export function createMemoryOutbox(capacity: number): MemoryOutbox {
  /** Every letter that waits, in the order they were put. */
  const all = new Map<string, Entry>();
  const lanes = new Map<string, Lane>();
  /** Ready letters of each share, in the order they became ready. */
  const byShare = new Map<string, Map<string, Entry>>();
  const failed = new Map<string, FailedEntry>();
  const shares = createShares();

  const makeReady = (entry: Entry): void => {
    const { letter } = entry;
    const share = toShare(letter.event);
    entry.share = share;
    shares.add(share);
    const id = shareKey(share);
    byShare.set(id, (byShare.get(id) ?? new Map<string, Entry>()).set(letter.key, entry));
    const lane = lanes.get(letter.organizationId) ?? { fresh: new Map(), tried: new Map() };
    lanes.set(letter.organizationId, lane);
    (entry.attempts === 0 ? lane.fresh : lane.tried).set(letter.key, entry);
  };

  const take = (key: string): Entry | undefined => {
    const entry = all.get(key);
    if (entry === undefined) return undefined;
    all.delete(key);
    if (entry.share === undefined) return entry;
    shares.remove(entry.share);
    const own = byShare.get(shareKey(entry.share));
    own?.delete(key);
    if (own?.size === 0) byShare.delete(shareKey(entry.share));
    const { organizationId } = entry.letter;
    const lane = lanes.get(organizationId);
    lane?.fresh.delete(key);
    lane?.tried.delete(key);
    if (lane !== undefined && lane.fresh.size + lane.tried.size === 0) lanes.delete(organizationId);
    return entry;
  };

  const firstOf = (most: number, isWanted: (entry: Entry) => boolean): WaitingEntry[] => {
    const found: WaitingEntry[] = [];
    for (const entry of all.values()) {
      if (found.length >= most) break;
      if (isWanted(entry)) found.push(toWaiting(entry));
    }
    return found;
  };

  const add = (entry: Entry, isReady: boolean): void => {
    all.set(entry.letter.key, entry);
    if (isReady) makeReady(entry);
  };

  return {
    has: (key) => all.has(key),
    ready: (most) => firstOf(most, ({ share }) => share !== undefined),
    begun: (most) => firstOf(most, ({ share }) => share === undefined),
    put(letter, isReady, now) {
      if (all.size >= capacity) return false;
      add(toEntry(letter, now), isReady);
      return true;
    },
    adopt(letters, now) {
      const fitting = letters.slice(0, Math.max(0, capacity - all.size));
      for (const { attempts, firstTriedAt, ...letter } of fitting) {
        add({ ...toEntry(letter, now), attempts, firstTriedAt }, true);
      }
      return fitting.map(({ key }) => key);
    },
    finish(letter, now) {
      const entry = all.get(letter.key);
      if (entry === undefined) return false;
      entry.letter = letter;
      if (entry.share === undefined) {
        entry.dueAt = now;
        makeReady(entry);
      }
      return true;
    },
    finishAll() {
      for (const entry of all.values()) if (entry.share === undefined) makeReady(entry);
    },
    chooseShare: shares.choose,
    drop(share, which) {
      const keys = byShare.get(shareKey(share))?.keys();
      const key = which === "oldest" ? keys?.next().value : [...(keys ?? [])].at(-1);
      return key !== undefined && take(key) !== undefined;
    },
    queues: () =>
      [...lanes].map(([organizationId, { fresh, tried }]) => {
        const [first] = fresh.values();
        let dueAt = first?.dueAt ?? Infinity;
        for (const entry of tried.values()) dueAt = Math.min(dueAt, entry.dueAt);
        return { organizationId, dueAt };
      }),
    due(organizationId, now, most) {
      const lane = lanes.get(organizationId);
      if (lane === undefined) return [];
      const found: Entry[] = [];
      for (const entry of lane.tried.values()) if (isDue(entry, now)) found.push(entry);
      let fresh = 0;
      for (const entry of lane.fresh.values()) {
        if (fresh >= most) break;
        fresh += 1;
        if (isDue(entry, now)) found.push(entry);
      }
      return found
        .toSorted((one, other) => one.dueAt - other.dueAt)
        .slice(0, most)
        .map(toWaiting);
    },
    note({ key, attempts, firstTriedAt }, dueAt) {
      const entry = all.get(key);
      if (entry === undefined) return;
      Object.assign(entry, { attempts, firstTriedAt, dueAt });
      const lane = lanes.get(entry.letter.organizationId);
      if (lane?.fresh.delete(key) === true) lane.tried.set(key, entry);
    },
    hurry(now) {
      for (const entry of all.values()) entry.dueAt = Math.min(entry.dueAt, now);
    },
    remove: (key) => void take(key),
    bury(key, problem, now) {
      const entry = take(key);
      if (entry === undefined) return false;
      const [oldestFailed] = failed.keys();
      const isFull = failed.size >= capacity && oldestFailed !== undefined;
      if (isFull) failed.delete(oldestFailed);
      const { organizationId, event } = entry.letter;
      failed.set(key, { key, organizationId, event, problem, failedAt: now });
      return isFull;
    },
    failedEntries: () => [...failed.values()],
    revive(keys = [...failed.keys()], now) {
      let revived = 0;
      for (const key of keys) {
        const letter = failed.get(key);
        if (letter?.event === undefined) continue;
        const { organizationId, event } = letter;
        failed.delete(key);
        add(toEntry({ key, organizationId, event }, now), true);
        revived += 1;
      }
      return revived;
    },
    size: () => all.size,
    count: () => ({
      waiting: all.size,
      failed: failed.size,
      // In the order they were put, but for those that were revived, which are the youngest.
      oldest: all.values().next().value?.addedAt,
    }),
    close: () => undefined,
  };
}

function toEntry(letter: OutboxEntry, now: number): Entry {
  return {
    letter,
    addedAt: now,
    dueAt: now,
    attempts: 0,
    firstTriedAt: undefined,
    share: undefined,
  };
}

function toWaiting({ letter, attempts, firstTriedAt }: Entry): WaitingEntry {
  const { key, organizationId, event } = letter;
  return { key, organizationId, event, attempts, firstTriedAt };
}

function isDue({ dueAt }: Entry, now: number): boolean {
  return dueAt <= now || dueAt > now + LONGEST_WAIT;
}

function shareKey({ isDenied, caller }: Share): string {
  return `${isDenied ? "denied" : "admitted"} ${caller}`;
}
