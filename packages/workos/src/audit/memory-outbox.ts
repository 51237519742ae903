import { createReadyEntries, type MemoryEntry } from "./memory-entries.js";
import type { FailedEntry, Outbox, OutboxEntry, WaitingEntry } from "./outbox.js";

/** An outbox whose letters can be looked at without a disk. */
export interface MemoryOutbox extends Outbox {
  readonly has: (key: string) => boolean;
  /** Ready letters, the first ones, due or not. */
  readonly ready: (most: number) => readonly WaitingEntry[];
  /** Letters that are not ready, the first ones. */
  readonly begun: (most: number) => readonly WaitingEntry[];
}

/**
 * Makes an outbox in memory: what waits in it ends with the process.
 *
 * @param capacity letters that wait at most, and failed ones at most.
 */
export function createMemoryOutbox(capacity: number): MemoryOutbox {
  /** Every letter that waits, in the order they were put. */
  const all = new Map<string, MemoryEntry>();
  const ready = createReadyEntries();
  const failed = new Map<string, FailedEntry>();

  const add = (entry: MemoryEntry, isReady: boolean): void => {
    all.set(entry.letter.key, entry);
    if (isReady) ready.add(entry);
  };

  const take = (key: string): MemoryEntry | undefined => {
    const entry = all.get(key);
    if (entry === undefined) return undefined;
    all.delete(key);
    ready.remove(entry);
    return entry;
  };

  const listFirst = (most: number, isReady: boolean): WaitingEntry[] => {
    const found: WaitingEntry[] = [];
    for (const entry of all.values()) {
      if (found.length >= most) break;
      if ((entry.share !== undefined) === isReady) found.push(toWaiting(entry));
    }
    return found;
  };

  return {
    has: (key) => all.has(key),
    ready: (most) => listFirst(most, true),
    begun: (most) => listFirst(most, false),
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
        ready.add(entry);
      }
      return true;
    },
    finishAll() {
      for (const entry of all.values()) if (entry.share === undefined) ready.add(entry);
    },
    chooseShare: ready.chooseShare,
    drop(share, which) {
      const key = ready.find(share, which);
      return key !== undefined && take(key) !== undefined;
    },
    queues: ready.queues,
    due: (...wanted) => ready.due(...wanted).map(toWaiting),
    note({ key, attempts, firstTriedAt }, dueAt) {
      const entry = all.get(key);
      if (entry === undefined) return;
      Object.assign(entry, { attempts, firstTriedAt, dueAt });
      ready.markTried(entry);
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

function toEntry(letter: OutboxEntry, now: number): MemoryEntry {
  return {
    letter,
    addedAt: now,
    dueAt: now,
    attempts: 0,
    firstTriedAt: undefined,
    share: undefined,
  };
}

function toWaiting({ letter, attempts, firstTriedAt }: MemoryEntry): WaitingEntry {
  const { key, organizationId, event } = letter;
  return { key, organizationId, event, attempts, firstTriedAt };
}
