import type { createLosses } from "./capacity.js";
import type { MemoryOutbox } from "./memory-outbox.js";
import type { OutboxEntry, WaitingEntry } from "./outbox.js";
import type { Room, SharedStore, Stored } from "./shared-store.js";
import type { StoreWrites } from "./store-writes.js";

/** What an outbox in a shared store is made of; its parts change it together. */
export interface SharedParts {
  readonly store: SharedStore;
  readonly writes: StoreWrites;
  /** What this process goes on with: its calls, and entries that it sends. */
  readonly local: MemoryOutbox;
  readonly losses: ReturnType<typeof createLosses>;
  /** What is in the store, as far as is known. */
  readonly counted: { waiting: number; failed: number; oldest: number | undefined };
  /** Entries at hand that this process does not send: calls, and those on their way into the store. */
  readonly unsent: Set<string>;
  readonly room: Room;
}

/** Writes entries into a shared store. */
export interface EntryWrites {
  /** Stores an entry that this instance goes on with. */
  readonly hold: (entry: OutboxEntry | WaitingEntry) => void;
  /** Stores an entry that has ended, for any instance to take. */
  readonly enqueue: (entry: OutboxEntry) => void;
  /** Notes that an entry is to be sent again later. */
  readonly note: (entry: WaitingEntry) => void;
  readonly remove: (key: string) => void;
  /** Keeps an entry that failed. */
  readonly bury: (failed: Parameters<SharedStore["bury"]>[0]) => void;
  /** Returns entries that could not leave for the store, and no longer lets them. */
  readonly strand: () => readonly OutboxEntry[];
}

/**
 * Creates the writes of an outbox's entries.
 *
 * @param onLeft runs when an entry has left for the store.
 */
export function createEntryWrites(
  { store, writes, local, losses, counted, unsent, room }: SharedParts,
  onLeft: () => void,
): EntryWrites {
  const { submit } = writes;
  /** Entries that have ended and are on their way into the store, where any instance may take them. */
  const leaving = new Map<string, OutboxEntry>();
  const noteSize = (size: number): void => {
    counted.waiting = size;
    losses.lookForRoom(size);
  };
  const noteStored = ({ isStored, gaveWay, dropped, size }: Stored, isFinal: boolean): void => {
    noteSize(size);
    if (dropped !== undefined) local.remove(dropped);
    if (gaveWay !== undefined) losses.drop(size, gaveWay, isStored || isFinal);
  };

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
        onLeft();
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
      run: async () => store.bury(failed, room.capacity),
      done(buried) {
        const { dropped, size } = buried as { dropped: number; size: number };
        noteSize(size);
        counted.failed += 1 - dropped;
        for (let count = 0; count < dropped; count += 1) losses.loseDead();
      },
    });
  };

  return {
    hold,
    enqueue,
    remove,
    bury,
    note(entry) {
      const { key } = entry;
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
    strand() {
      const stranded = [...leaving.values()];
      leaving.clear();
      return stranded;
    },
  };
}
