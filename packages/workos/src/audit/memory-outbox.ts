import { createReadyEntries, type StoredEntry } from "./memory-entries.js";
import type { FailedEntry, Outbox, OutboxEntry, WaitingEntry } from "./outbox.js";

/** Events that wait in memory at most, beside an outbox that outlives the process or without one. */
export const MEMORY_CAPACITY = 10_000;

/** An outbox whose entries can be looked at without a disk. */
export interface MemoryOutbox extends Outbox {
  readonly has: (key: string) => boolean;
  readonly get: (key: string) => OutboxEntry | undefined;
  readonly keys: () => Iterable<string>;
  /** Ready entries, the first ones, due or not. */
  readonly ready: (most: number) => readonly WaitingEntry[];
  /** Entries that are not ready, the first ones. */
  readonly begun: (most: number) => readonly WaitingEntry[];
}

/**
 * Makes an outbox in memory: what waits in it ends with the process.
 *
 * @param capacity entries that wait at most, and failed ones at most.
 */
export function createMemoryOutbox(capacity: number): MemoryOutbox {
  /** Every entry that waits, in the order they were put. */
  const all = new Map<string, StoredEntry>();
  const ready = createReadyEntries();
  const failed = new Map<string, FailedEntry>();

  const add = (stored: StoredEntry, isReady: boolean): void => {
    all.set(stored.entry.key, stored);
    if (isReady) ready.add(stored);
  };

  const take = (key: string): StoredEntry | undefined => {
    const stored = all.get(key);
    if (stored === undefined) return undefined;
    all.delete(key);
    ready.remove(stored);
    return stored;
  };

  const listFirst = (most: number, isReady: boolean): WaitingEntry[] => {
    const found: WaitingEntry[] = [];
    for (const stored of all.values()) {
      if (found.length >= most) break;
      if ((stored.share !== undefined) === isReady) found.push(toWaiting(stored));
    }
    return found;
  };

  return {
    has: (key) => all.has(key),
    get: (key) => all.get(key)?.entry,
    keys: () => all.keys(),
    ready: (most) => listFirst(most, true),
    begun: (most) => listFirst(most, false),
    put(entry, isReady, now) {
      if (all.size >= capacity) return false;
      add(toStored(entry, now), isReady);
      return true;
    },
    adopt(entries, now) {
      const fitting = entries.slice(0, Math.max(0, capacity - all.size));
      for (const { attempts, firstTriedAt, ...entry } of fitting) {
        add({ ...toStored(entry, now), attempts, firstTriedAt }, true);
      }
      return fitting.map(({ key }) => key);
    },
    finish(entry, now) {
      const stored = all.get(entry.key);
      if (stored === undefined) return false;
      stored.entry = entry;
      if (stored.share === undefined) {
        stored.dueAt = now;
        ready.add(stored);
      }
      return true;
    },
    finishAll() {
      for (const stored of all.values()) if (stored.share === undefined) ready.add(stored);
    },
    chooseShare: ready.chooseShare,
    drop(share, which) {
      const key = ready.find(share, which);
      return key !== undefined && take(key) !== undefined;
    },
    queues: ready.queues,
    due: (...wanted) => ready.due(...wanted).map(toWaiting),
    note({ key, attempts, firstTriedAt }, dueAt) {
      const stored = all.get(key);
      if (stored === undefined) return;
      Object.assign(stored, { attempts, firstTriedAt, dueAt });
      ready.markTried(stored);
    },
    hurry(now) {
      for (const stored of all.values()) stored.dueAt = Math.min(stored.dueAt, now);
    },
    remove: (key) => void take(key),
    bury(key, problem, now) {
      const stored = take(key);
      if (stored === undefined) return false;
      const [oldestFailed] = failed.keys();
      const isFull = failed.size >= capacity && oldestFailed !== undefined;
      if (isFull) failed.delete(oldestFailed);
      const { organizationId, event } = stored.entry;
      failed.set(key, { key, organizationId, event, problem, failedAt: now });
      return isFull;
    },
    failedEntries: () => [...failed.values()],
    revive(keys = [...failed.keys()], now) {
      let revived = 0;
      for (const key of keys) {
        const entry = failed.get(key);
        if (entry?.event === undefined) continue;
        const { organizationId, event } = entry;
        failed.delete(key);
        add(toStored({ key, organizationId, event }, now), true);
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

function toStored(entry: OutboxEntry, now: number): StoredEntry {
  return {
    entry,
    addedAt: now,
    dueAt: now,
    attempts: 0,
    firstTriedAt: undefined,
    share: undefined,
  };
}

function toWaiting({ entry, attempts, firstTriedAt }: StoredEntry): WaitingEntry {
  const { key, organizationId, event } = entry;
  return { key, organizationId, event, attempts, firstTriedAt };
}
