import { createEntryStore, createLosses } from "./capacity.js";
import { createMemoryOutbox, MEMORY_CAPACITY } from "./memory-outbox.js";
import type { OpenOptions, OpenOutbox } from "./open-outbox.js";
import type { OutboxEntry } from "./outbox.js";
import { createEntryWrites, type EntryWrites, type SharedParts } from "./entry-writes.js";
import type { SharedStore } from "./shared-store.js";
import { createStoreIntake, type StoreIntake } from "./store-intake.js";
import { createStoreWrites } from "./store-writes.js";

/** Events that wait in the store at most. */
const STORE_CAPACITY = 1_000_000;
/** The store is looked into so often, in milliseconds, for what other instances left there; while it fails, whether it works. */
const POLL_MS = 1_000;

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
export function openSharedOutbox(store: SharedStore, options: OpenOptions): OpenOutbox {
  const { capacity = STORE_CAPACITY, whenFull, now, schedule, onArrival, reports } = options;
  const room = { capacity, which: whenFull === "drop-oldest" ? "oldest" : "newest" } as const;
  const losses = createLosses(room.which, reports.full);
  const local = createMemoryOutbox(MEMORY_CAPACITY);
  const memory = createEntryStore({ outbox: local, whenFull, now, report: reports.full });
  const unsent = new Set<string>();
  const counted: SharedParts["counted"] = { waiting: 0, failed: 0, oldest: undefined };
  let recent: Promise<unknown>[] = [];
  let hasLeft = false;
  let cancelTick: (() => void) | undefined;

  const writes = createStoreWrites({
    schedule,
    report(state) {
      reports.fallback(state);
      if (state.kind === "failed") sendFromMemory();
      else void intake.fill();
    },
  });
  const { ask, isFailing } = writes;
  const parts: SharedParts = { store, writes, local, losses, counted, unsent, room };
  const entries = createEntryWrites(parts, () => void intake.fill());
  const intake = createStoreIntake(parts, entries, options, POLL_MS);

  /** Makes entries that could not leave ready here; what is stored of them meanwhile is held. */
  const sendFromMemory = (): void => {
    for (const entry of entries.strand()) finishHere(entry);
    onArrival();
  };
  const finishHere = (entry: OutboxEntry): void => {
    writes.countDetour(entry.key);
    unsent.delete(entry.key);
    local.finish(entry, now());
    entries.hold(entry);
  };

  const count = async (): Promise<void> => {
    await ask(store.count, (found) => {
      Object.assign(counted, found);
      losses.lookForRoom(found.waiting);
    });
  };
  const tick = async (): Promise<void> => {
    if (!isFailing()) {
      await intake.fill();
      await intake.keep();
    }
    await count();
    if (!hasLeft) cancelTick = schedule(() => void tick(), POLL_MS);
  };
  void tick();

  return {
    queue: toQueue(parts, entries, intake),
    put(entry, isReady) {
      const isSentHere = isReady && isFailing();
      if (!memory.put(entry, isSentHere)) return false;
      if (!isSentHere) unsent.add(entry.key);
      if (isFailing()) writes.countDetour(entry.key);
      if (isReady && !isFailing()) entries.enqueue(entry);
      else entries.hold(entry);
      const written = writes.written(entry.key);
      if (written !== undefined) recent.push(written);
      return true;
    },
    finish(entry) {
      if (!local.has(entry.key)) return false;
      if (isFailing()) finishHere(entry);
      else entries.enqueue(entry);
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
      await intake.fill();
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
      void intake.fill();
      return revived;
    },
    async release() {
      hasLeft = true;
      intake.leave();
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

/** What delivery takes from, and what it notes is stored too. */
function toQueue(
  { local }: SharedParts,
  entries: EntryWrites,
  intake: StoreIntake,
): OpenOutbox["queue"] {
  return {
    ...local,
    note(entry, dueAt) {
      local.note(entry, dueAt);
      if (local.has(entry.key)) entries.note(entry);
    },
    remove(key) {
      local.remove(key);
      entries.remove(key);
      if (intake.isWanting()) void intake.fill();
    },
    bury(key, problem, failedAt) {
      const entry = local.get(key);
      if (entry === undefined) return false;
      const { organizationId, event } = entry;
      local.remove(key);
      entries.bury({ key, organizationId, event, problem, failedAt });
      return false;
    },
  };
}
