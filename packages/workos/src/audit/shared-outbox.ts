import { createEntryStore, createLosses } from "./capacity.js";
import { createMemoryOutbox, MEMORY_CAPACITY } from "./memory-outbox.js";
import type { OpenOptions, OpenOutbox } from "./open-outbox.js";
import type { OutboxEntry, WaitingEntry } from "./outbox.js";
import type { SharedStore, Stored, TakenEntry } from "./shared-store.js";
import { createStoreWrites } from "./store-writes.js";

/** Events that wait in the store at most. */
const STORE_CAPACITY = 1_000_000;
/** Entries of the store that an instance has taken to send, at most. */
const MAX_TAKEN = 1_000;
/** The store is looked into so often, in milliseconds, for what other instances left there; while it fails, whether it works. */
const POLL_MS = 1_000;
/** Instances signal that they go on this many times before they would be taken for dead. */
const SIGNALS = 4;
const UNREADABLE = "it is no audit log event, and cannot be sent";

/** An outbox that several instances share; `redisOutbox()` makes one. */
export interface SharedOutbox {
  /** Names it in the log. */
  readonly place: string;
  /**
   * Opens it for one server; `auditLogs()` does.
   *
   * @internal
   */
  readonly open: (options: OpenOptions) => OpenOutbox;
}

/**
 * Opens an outbox in a store that several instances share. Ready entries wait in the store, and each instance takes some
 * to send; calls that have not ended are held there by their instance. What is at hand is in memory as well.
 *
 * What cannot be stored waits in memory, is sent from there, and is stored when that works again. Operations of the
 * store that fail do not throw.
 */
export function openSharedOutbox(
  store: SharedStore,
  { capacity = STORE_CAPACITY, whenFull, now, schedule, onArrival, reports }: OpenOptions,
): OpenOutbox {
  const room = { capacity, which: whenFull === "drop-oldest" ? "oldest" : "newest" } as const;
  const losses = createLosses(room.which, reports.full);
  /** What this process goes on with: its calls, and entries that it sends. */
  const local = createMemoryOutbox(MEMORY_CAPACITY);
  const memory = createEntryStore({ outbox: local, whenFull, now, report: reports.full });
  /** Entries at hand that this process does not send: calls, and those on their way into the store. */
  const unsent = new Set<string>();
  /** Entries that have ended and are on their way into the store, where any instance may take them. */
  const leaving = new Map<string, OutboxEntry>();
  const counted = { waiting: 0, failed: 0, oldest: undefined as number | undefined };
  let recent: Promise<unknown>[] = [];
  /** Looks into the store until this instance signals again that it goes on. */
  let looksUntilKept = 0;
  let hasLeft = false;
  let cancelTick: (() => void) | undefined;

  const noteSize = (size: number): void => {
    counted.waiting = size;
    losses.lookForRoom(size);
  };
  const noteStored = ({ isStored, gaveWay, dropped, size }: Stored, isFinal: boolean): void => {
    noteSize(size);
    if (dropped !== undefined) local.remove(dropped);
    if (gaveWay !== undefined) losses.drop(size, gaveWay, isStored || isFinal);
  };

  const writes = createStoreWrites({
    schedule,
    report(state) {
      reports.fallback(state);
      if (state.kind === "failed") sendFromMemory();
      else void fill();
    },
  });
  const { submit, ask, isFailing } = writes;

  const hold = (entry: OutboxEntry | WaitingEntry): void => {
    submit(entry.key, {
      kind: "store",
      run: async () => store.hold(entry, room),
      isWanted: () => local.has(entry.key),
      // One for which there is no room is put again when it has ended.
      done: (stored) => {
        noteStored(stored as Stored, false);
      },
    });
  };
  const enqueue = (entry: OutboxEntry): void => {
    leaving.set(entry.key, entry);
    submit(entry.key, {
      kind: "store",
      run: async () => store.enqueue(entry, room),
      isWanted: () => local.has(entry.key),
      done(stored, isLatest) {
        noteStored(stored as Stored, isLatest);
        if (!isLatest) return;
        writes.forget(entry.key);
        leaving.delete(entry.key);
        unsent.delete(entry.key);
        local.remove(entry.key);
        void fill();
      },
    });
  };
  const remove = (key: string): void => {
    submit(key, {
      kind: "end",
      run: async () => store.remove(key),
      done: (size) => {
        noteSize(size as number);
      },
    });
  };
  const bury = (failed: Parameters<SharedStore["bury"]>[0]): void => {
    submit(failed.key, {
      kind: "end",
      isNeeded: true,
      run: async () => store.bury(failed, capacity),
      done(buried) {
        const { dropped, size } = buried as { dropped: number; size: number };
        noteSize(size);
        counted.failed += 1 - dropped;
        for (let count = 0; count < dropped; count += 1) losses.loseDead();
      },
    });
  };

  /** Makes entries that could not leave ready here; what is stored of them meanwhile is held. */
  const sendFromMemory = (): void => {
    const stranded = [...leaving.values()];
    leaving.clear();
    for (const entry of stranded) finishHere(entry);
    onArrival();
  };
  const finishHere = (entry: OutboxEntry): void => {
    writes.countDetour(entry.key);
    unsent.delete(entry.key);
    local.finish(entry, now());
    hold(entry);
  };

  const adopt = (entries: readonly TakenEntry[]): void => {
    for (const { event, ...entry } of entries) {
      if (local.has(entry.key) || writes.isPending(entry.key)) continue;
      if (event === undefined) {
        const { key, organizationId } = entry;
        reports.unreadable(key);
        bury({ key, organizationId, event, problem: UNREADABLE, failedAt: now() });
      } else {
        writes.learn(entry.key);
        local.adopt([{ ...entry, event }], now());
      }
    }
    if (entries.length > 0) onArrival();
  };

  const free = (): number => MAX_TAKEN - (local.size() - unsent.size);
  let filling: Promise<void> | undefined;
  /** Whether there may be more to take than was taken. */
  let hasMore = false;
  const mayTake = (): boolean => hasMore && !hasLeft && !isFailing() && free() > MAX_TAKEN / 2;
  const takeWhileWanted = async (): Promise<void> => {
    while (mayTake()) {
      const most = free();
      hasMore = false;
      await ask(
        async () => store.take(most),
        (entries) => {
          hasMore ||= entries.length === most;
          adopt(entries);
        },
      );
    }
  };
  /** Takes entries of the store, when few are at hand; one look at a time. */
  const fill = async (): Promise<void> => {
    hasMore = true;
    filling ??= takeWhileWanted().finally(() => {
      filling = undefined;
    });
    await filling;
  };
  const count = async (): Promise<void> => {
    await ask(store.count, (found) => {
      Object.assign(counted, found);
      losses.lookForRoom(found.waiting);
    });
  };
  const keep = async (): Promise<void> => {
    looksUntilKept -= 1;
    if (looksUntilKept > 0) return;
    looksUntilKept = Math.floor(store.takeOverAfterMs / SIGNALS / POLL_MS);
    const isKept = await ask(
      async () => store.keep([...local.keys()]),
      () => undefined,
    );
    if (isKept && free() > 0) await ask(async () => store.takeOver(free()), adopt);
  };
  const tick = async (): Promise<void> => {
    if (!isFailing()) {
      await fill();
      await keep();
    }
    await count();
    if (!hasLeft) cancelTick = schedule(() => void tick(), POLL_MS);
  };
  void tick();

  return {
    queue: {
      ...local,
      note(entry, dueAt) {
        local.note(entry, dueAt);
        const { key } = entry;
        if (!local.has(key)) return;
        if (writes.isPending(key, "store")) hold(entry);
        else {
          submit(key, {
            kind: "note",
            run: async () => store.note(entry),
            done(isThere) {
              // It was dropped to make room.
              if (isThere === false) local.remove(key);
            },
          });
        }
      },
      remove(key) {
        local.remove(key);
        remove(key);
        if (hasMore && free() > MAX_TAKEN / 2) void fill();
      },
      bury(key, problem, failedAt) {
        const entry = local.get(key);
        if (entry === undefined) return false;
        const { organizationId, event } = entry;
        local.remove(key);
        bury({ key, organizationId, event, problem, failedAt });
        return false;
      },
    },
    put(entry, isReady) {
      const isSentHere = isReady && isFailing();
      if (!memory.put(entry, isSentHere)) return false;
      if (!isSentHere) unsent.add(entry.key);
      if (isFailing()) writes.countDetour(entry.key);
      if (isReady && !isFailing()) enqueue(entry);
      else hold(entry);
      const written = writes.written(entry.key);
      if (written !== undefined) recent.push(written);
      return true;
    },
    finish(entry) {
      if (!local.has(entry.key)) return false;
      if (isFailing()) finishHere(entry);
      else enqueue(entry);
      return true;
    },
    lose: losses.lose,
    loseFailed: losses.loseDead,
    isDurable: true,
    stored() {
      if (recent.length === 0) return undefined;
      const written = Promise.all(recent).then(() => undefined);
      recent = [];
      return written;
    },
    finishAll: () => undefined,
    async refill() {
      const before = local.size() - unsent.size;
      await writes.settle();
      await fill();
      return local.size() - unsent.size > before;
    },
    countInMemory: () => writes.count("store"),
    count: () => ({
      waiting: Math.max(0, counted.waiting + writes.count("store") - writes.count("end")),
      failed: counted.failed,
      oldest: counted.oldest,
      lost: losses.lost() + memory.lost(),
    }),
    failedEntries: store.failedEntries,
    async revive(keys) {
      const revived = await store.revive(keys);
      await count();
      void fill();
      return revived;
    },
    async release() {
      hasLeft = true;
      cancelTick?.();
      await writes.settle();
      const others = [...local.keys()].filter((key) => !unsent.has(key));
      if (isFailing()) return;
      await ask(
        async () => store.release(others),
        () => undefined,
      );
      await count();
    },
    leave: () => undefined,
  };
}
