import type { AuditLogEvent } from "../workos/audit-log-event.js";
import type { FailedEntry, OutboxEntry, WaitingEntry } from "./outbox.js";
import type { Share } from "./shares.js";

/** What became of an entry that was to be stored. */
export interface Stored {
  /** Whether there was room for it. */
  readonly isStored: boolean;
  /** Whose entry gave way: another one's, or this one's own if it was not stored. */
  readonly gaveWay?: Share;
  /** Key of another entry that was dropped for it. */
  readonly dropped?: string | undefined;
  /** Entries that wait now. */
  readonly size: number;
}

/** What became of an entry that failed. */
export interface Buried {
  readonly dropped: number;
  readonly size: number;
}

/** An entry of the store, whose event is undefined when what is stored is none. */
export interface TakenEntry extends Omit<WaitingEntry, "event"> {
  readonly event: AuditLogEvent | undefined;
}

/** What is in a store. */
export interface StoreCount {
  readonly waiting: number;
  readonly failed: number;
  /** Since when the oldest of the waiting waits, in milliseconds since the epoch. */
  readonly oldest: number | undefined;
}

/**
 * A queue outside this process that several instances share, such as a Redis stream.
 *
 * Every operation may reject and then be repeated: entries are known by their key, and doing a thing twice is doing it
 * once. An entry belongs to the instance that holds or took it, until that instance settles it or does not keep it for
 * a while; then another may take it over.
 */
export interface SharedStore {
  /** An instance that has not kept its entries for so long, in milliseconds, is taken for dead. */
  readonly takeOverAfterMs: number;
  /** Stores an entry that this instance goes on with; again, with what became of it since. */
  readonly hold: (entry: OutboxEntry | WaitingEntry, room: Room) => Promise<Stored>;
  /** Stores an entry that any instance may take, in the place of one that was held. */
  readonly enqueue: (entry: OutboxEntry, room: Room) => Promise<Stored>;
  /** Notes how often an entry was sent, and when for the first time; false when it is not there any more. */
  readonly note: (entry: WaitingEntry) => Promise<boolean>;
  /** Removes an entry; returns how many wait now. */
  readonly remove: (key: string) => Promise<number>;
  /** Moves an entry to the failed ones; returns how many of those had to make room, and how many entries wait now. */
  readonly bury: (failed: FailedEntry, capacity: number) => Promise<Buried>;
  /** Takes entries that no instance has taken, the oldest first. */
  readonly take: (most: number) => Promise<readonly TakenEntry[]>;
  /** Takes over what dead instances held or took. */
  readonly takeOver: (most: number) => Promise<readonly TakenEntry[]>;
  /** Signals that this instance goes on with these entries. */
  readonly keep: (keys: readonly string[]) => Promise<void>;
  /** Lets other instances take over these entries at once. */
  readonly release: (keys: readonly string[]) => Promise<void>;
  readonly failedEntries: () => Promise<readonly FailedEntry[]>;
  /** Makes failed entries ready again, those with these keys or all; returns how many there were. */
  readonly revive: (keys: readonly string[] | undefined) => Promise<number>;
  readonly count: () => Promise<StoreCount>;
}

/** How many entries may wait in a store, and which gives way when there are more. */
export interface Room {
  readonly capacity: number;
  readonly which: "oldest" | "newest";
}
