import type { Schedule } from "../standards/schedule.js";
import type { ReportFallback } from "./fallback-outbox.js";
import type { DeliveredOutbox, FailedEntry, OutboxCount, OutboxEntry } from "./outbox.js";

/** The outbox of a running server: where events are recorded, delivered from and looked at. */
export interface OpenOutbox {
  /** What a delivery sends from. */
  readonly queue: DeliveredOutbox;
  /** Stores a new entry, and makes room for it; one that is not ready and was not stored may be put again when it is. */
  readonly put: (entry: OutboxEntry, isReady: boolean) => boolean;
  /** Replaces the entry with this key and makes it ready; false when it is not there any more. */
  readonly finish: (entry: OutboxEntry) => boolean;
  /** Notes an entry that could not be put at all; how many those were. */
  readonly lose: () => number;
  /** Notes that a failed entry had to make room for another. */
  readonly loseFailed: () => void;
  /** Whether entries outlive the process, so that they are worth storing after delivery has ended. */
  readonly isDurable: boolean;
  /** Waits until what was put since the last call is stored, or cannot be; undefined when there is nothing to wait for. */
  readonly stored?: () => Promise<void> | undefined;
  /** Ends what an ending process will not finish, before the last entries are sent. */
  readonly finishAll: () => void;
  /** Fetches further entries to send; false when there are none. Left out when all are at hand. */
  readonly refill?: () => Promise<boolean>;
  /** Entries that wait and end with this process. */
  readonly countInMemory: () => number;
  readonly count: () => OutboxCount;
  readonly failedEntries: () => readonly FailedEntry[] | Promise<readonly FailedEntry[]>;
  readonly revive: (keys: readonly string[] | undefined) => number | Promise<number>;
  /** Lets other instances send what is left; left out when there are none. */
  readonly release?: () => Promise<void>;
  /** Ends the use of it for sending; what comes later is still stored, if it is durable. */
  readonly leave: () => void;
}

/** What opens an outbox. */
export interface OpenOptions {
  /** Events that wait at most. */
  readonly capacity: number | undefined;
  readonly whenFull: "drop-oldest" | "drop-newest";
  readonly now: () => number;
  readonly schedule: Schedule;
  /** Is called when there may be something new to send. */
  readonly onArrival: () => void;
  readonly reports: OutboxReports;
}

/** What an outbox reports to its operator. */
export interface OutboxReports {
  /** It was gone or damaged, and was made anew. */
  readonly replaced: (detail: string) => void;
  /** What it held under a key is no event. */
  readonly unreadable: (key: string) => void;
  /** It cannot be written, or can again. */
  readonly fallback: ReportFallback;
  /** It has no room, or has again. */
  readonly full: (detail: string) => void;
}
