import type { AuditLogEvent } from "./audit-log.js";

/** An audit log event on its way. */
export interface Letter {
  /** The idempotency key: WorkOS takes one event for each, however often it is sent (within 24 hours). */
  readonly key: string;
  readonly organizationId: string;
  readonly event: AuditLogEvent;
}

/**
 * A letter whose event is said when somebody reads it: nobody reads what the beginning of a call would have said, once
 * the call has ended.
 */
export function lateLetter(key: string, organizationId: string, say: () => AuditLogEvent): Letter {
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

/**
 * A letter is postponed for so long at most, in milliseconds: what is due later than that was put while the clock was
 * ahead, and is due now.
 */
export const LONGEST_WAIT: number = 5 * 60_000;

/** Where letters wait. Nothing here asks anybody; times are milliseconds since the epoch. */
export interface Outbox {
  /** Stores a new letter; one that is not ready is kept until it is. False when there is no room. */
  readonly put: (letter: Letter, isReady: boolean, now: number) => boolean;
  /** Replaces the letter with this key and makes it ready, from now on; false when it is not there any more. */
  readonly finish: (letter: Letter, now: number) => boolean;
  /** Makes every letter ready as it is: nobody will finish those that are not. */
  readonly finishAll: () => void;
  /** Makes room: drops the letter that has been ready for longest. False when there is none. */
  readonly dropOldest: () => boolean;
  /** Ready letters whose time has come, those first that have been ready for longest. */
  readonly due: (now: number, most: number) => readonly WaitingLetter[];
  /** Notes that letters are being sent now. */
  readonly tried: (keys: readonly string[], now: number) => void;
  readonly remove: (key: string) => void;
  readonly postpone: (key: string, until: number) => void;
  /** Makes everything that was postponed due now. */
  readonly hurry: (now: number) => void;
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
  /** Of calls that have not ended. */
  const open = new Map<string, Entry>();
  /** To be sent; those that were postponed are behind those that wait for their first time. */
  const ready = new Map<string, Entry>();
  const dead = new Map<string, DeadLetter>();
  // One that goes on where it was: a new one would pass over the places of all that are gone.
  let oldest = ready.keys();

  const size = (): number => open.size + ready.size;

  const add = (letter: Letter, isReady: boolean, now: number): void => {
    const entry = { letter, addedAt: now, dueAt: now, attempts: 0, firstTriedAt: undefined };
    (isReady ? ready : open).set(letter.key, entry);
  };

  return {
    has: (key) => open.has(key) || ready.has(key),
    put(letter, isReady, now) {
      if (size() >= capacity) return false;
      add(letter, isReady, now);
      return true;
    },
    finish(letter, now) {
      const entry = open.get(letter.key) ?? ready.get(letter.key);
      if (entry === undefined) return false;
      entry.letter = letter;
      if (open.delete(letter.key)) {
        entry.dueAt = now;
        ready.set(letter.key, entry);
      }
      return true;
    },
    finishAll() {
      const all = [...open, ...ready].toSorted(([, one], [, other]) => one.dueAt - other.dueAt);
      ready.clear();
      open.clear();
      for (const [key, entry] of all) ready.set(key, entry);
    },
    dropOldest() {
      let next = oldest.next();
      if (next.done === true) {
        oldest = ready.keys();
        next = oldest.next();
      }
      return next.done !== true && ready.delete(next.value);
    },
    due(now, most) {
      const found: WaitingLetter[] = [];
      for (const { letter, dueAt, attempts, firstTriedAt } of ready.values()) {
        if (dueAt <= now || dueAt > now + LONGEST_WAIT)
          found.push({ ...letter, attempts, firstTriedAt });
        if (found.length >= most) break;
      }
      return found;
    },
    tried(keys, now) {
      for (const key of keys) {
        const entry = ready.get(key);
        if (entry === undefined) continue;
        entry.attempts += 1;
        entry.firstTriedAt ??= now;
      }
    },
    hurry(now) {
      for (const entry of ready.values()) entry.dueAt = Math.min(entry.dueAt, now);
    },
    remove: (key) => void (ready.delete(key) || open.delete(key)),
    postpone(key, until) {
      const entry = ready.get(key);
      if (entry === undefined) return;
      entry.dueAt = until;
      ready.delete(key);
      ready.set(key, entry);
    },
    bury(key, problem, now) {
      const entry = ready.get(key);
      if (entry === undefined) return false;
      ready.delete(key);
      const [oldestDead] = dead.keys();
      const isFull = dead.size >= capacity && oldestDead !== undefined;
      if (isFull) dead.delete(oldestDead);
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
    size,
    count: () => ({
      waiting: size(),
      dead: dead.size,
      oldest: oldestOf([...open.values(), ...ready.values()]),
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
