import type { AuditLogEvent } from "./audit-log.js";

/** An audit log event on its way. */
export interface Letter {
  /** The idempotency key: WorkOS takes one event for each, however often it is sent (within 24 hours). */
  readonly key: string;
  readonly organizationId: string;
  readonly event: AuditLogEvent;
}

/** A letter that is to be sent. */
export interface WaitingLetter extends Letter {
  /** How often it was sent, and when for the first time, in milliseconds since the epoch. */
  readonly attempts: number;
  readonly firstTriedAt: number | undefined;
}

/** A letter that is not sent any more, and why. */
export interface DeadLetter extends Letter {
  readonly problem: string;
  /** Milliseconds since the epoch. */
  readonly buriedAt: number;
}

/** Where letters wait. Nothing here asks anybody; times are milliseconds since the epoch. */
export interface Outbox {
  /** Stores a new letter; one that is not ready is kept until it is. False when there is no room. */
  readonly put: (letter: Letter, isReady: boolean, now: number) => boolean;
  /** Replaces the letter with this key and makes it ready; false when it is not there any more. */
  readonly finish: (letter: Letter, now: number) => boolean;
  /** Makes every letter ready as it is: nobody will finish those that are not. */
  readonly finishAll: () => void;
  /** Makes room: drops the letter that has been ready for longest. False when there is none. */
  readonly dropOldest: () => boolean;
  /** Ready letters whose time has come, the earliest first. */
  readonly due: (now: number, most: number) => readonly WaitingLetter[];
  /** Notes that letters are being sent now. */
  readonly tried: (keys: readonly string[], now: number) => void;
  readonly remove: (key: string) => void;
  readonly postpone: (key: string, until: number) => void;
  /** Sends a letter no more, and keeps it; true when the oldest dead letter had to make room for it. */
  readonly bury: (key: string, problem: string, now: number) => boolean;
  readonly deadLetters: () => readonly DeadLetter[];
  /**
   * Makes the dead letters with these keys, or all, ready again, as if they had never been sent; how many there were.
   *
   * Does NOT know whether one was taken although no answer came: a day later its key means nothing any more, and it
   * could be there twice.
   */
  readonly revive: (keys: readonly string[] | undefined, now: number) => number;
  /** Letters that wait; cheap. */
  readonly size: () => number;
  readonly count: () => Omit<OutboxCount, "lost">;
  readonly close: () => void;
}

/** What is in an outbox, and what is not. */
export interface OutboxCount {
  /** Letters to be sent, and those of calls that have not ended. */
  readonly waiting: number;
  readonly dead: number;
  /** Letters that were dropped since the start, for whatever reason. */
  readonly lost: number;
  /** Since when the oldest of the waiting waits, in milliseconds since the epoch. */
  readonly oldest: number | undefined;
}

interface Entry {
  letter: Letter;
  isReady: boolean;
  readonly addedAt: number;
  dueAt: number;
  attempts: number;
  firstTriedAt: number | undefined;
}

/** An outbox that can tell what is in it without looking at a disk. */
export interface MemoryOutbox extends Outbox {
  readonly has: (key: string) => boolean;
}

/**
 * Makes an outbox in memory: what waits in it ends with the process.
 *
 * @param capacity letters that wait at most, and dead ones at most.
 */
export function createMemoryOutbox(capacity: number): MemoryOutbox {
  const waiting = new Map<string, Entry>();
  const dead = new Map<string, DeadLetter>();

  const add = (letter: Letter, isReady: boolean, now: number): void => {
    const entry = { letter, isReady, addedAt: now, dueAt: now, attempts: 0 };
    waiting.set(letter.key, { ...entry, firstTriedAt: undefined });
  };

  return {
    has: (key) => waiting.has(key),
    put(letter, isReady, now) {
      if (waiting.size >= capacity) return false;
      add(letter, isReady, now);
      return true;
    },
    finish(letter) {
      const entry = waiting.get(letter.key);
      if (entry === undefined) return false;
      entry.letter = letter;
      entry.isReady = true;
      return true;
    },
    finishAll() {
      for (const entry of waiting.values()) entry.isReady = true;
    },
    dropOldest() {
      for (const [key, { isReady }] of waiting) {
        if (isReady) return waiting.delete(key);
      }
      return false;
    },
    due(now, most) {
      const found: Entry[] = [];
      for (const entry of waiting.values()) {
        if (entry.isReady && entry.dueAt <= now) found.push(entry);
        if (found.length >= most) break;
      }
      return found.map(({ letter, attempts, firstTriedAt }) => ({
        ...letter,
        attempts,
        firstTriedAt,
      }));
    },
    tried(keys, now) {
      for (const key of keys) {
        const entry = waiting.get(key);
        if (entry === undefined) continue;
        entry.attempts += 1;
        entry.firstTriedAt ??= now;
      }
    },
    remove: (key) => void waiting.delete(key),
    postpone(key, until) {
      const entry = waiting.get(key);
      if (entry === undefined) return;
      entry.dueAt = until;
      // Behind those that wait for their first time.
      waiting.delete(key);
      waiting.set(key, entry);
    },
    bury(key, problem, now) {
      const entry = waiting.get(key);
      if (entry === undefined) return false;
      waiting.delete(key);
      const [oldest] = dead.keys();
      const isFull = dead.size >= capacity && oldest !== undefined;
      if (isFull) dead.delete(oldest);
      dead.set(key, { ...entry.letter, problem, buriedAt: now });
      return isFull;
    },
    deadLetters: () => [...dead.values()],
    revive(keys = [...dead.keys()], now) {
      let revived = 0;
      for (const key of keys) {
        const letter = dead.get(key);
        if (letter === undefined) continue;
        const { problem: _problem, buriedAt: _buriedAt, ...rest } = letter;
        dead.delete(key);
        add(rest, true, now);
        revived += 1;
      }
      return revived;
    },
    size: () => waiting.size,
    count: () => ({
      waiting: waiting.size,
      dead: dead.size,
      oldest: oldestOf(waiting.values()),
    }),
    close: () => undefined,
  };
}

/** What was postponed is not where it was put, so all are looked at; only whoever asks for health pays for it. */
function oldestOf(entries: Iterable<Entry>): number | undefined {
  let oldest: number | undefined;
  for (const { addedAt } of entries) oldest = Math.min(addedAt, oldest ?? addedAt);
  return oldest;
}
