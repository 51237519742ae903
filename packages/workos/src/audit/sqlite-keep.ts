import type { DatabaseSync } from "node:sqlite";
import type { Outbox } from "./outbox.js";
import { isCorrupt, isFull } from "./sqlite-file.js";
import { asUnavailable, fitDisk, hold, identify, rebuild, type Held } from "./sqlite-hold.js";

/** How long a write of the server may wait for another process's, in milliseconds: the event loop waits with it. */
const SERVING_BUSY_TIMEOUT_MS = 25;
/** Whether the file is still in its place is looked at this often, in milliseconds, and repaired this often. */
const FILE_CHECK_MS = 250;
const FILE_REPAIR_MS = 5_000;

/** The entries of an open file. */
export type Entries = Omit<Outbox, "close">;

/** An open file that stays usable: what is wrong with it is repaired by the operation that meets it. */
export interface KeptFile {
  /** The file that is open now: another one, after a repair. */
  readonly held: () => Held;
  readonly entries: () => Entries;
  /** Runs an operation on entries that are sound; a damaged file is made anew for it. */
  readonly read: <Result>(work: (entries: Entries) => Result) => Result;
  /** Runs one that writes: into a file that is in its place, and once more when the log was what had no room. */
  readonly write: <Result>(work: (entries: Entries) => Result) => Result;
}

/** Shortens the wait for other processes, once a file serves requests. */
export function waitBriefly({ database }: Held): void {
  database.exec(`PRAGMA busy_timeout = ${SERVING_BUSY_TIMEOUT_MS}`);
}

/**
 * Keeps a file in its place while the server runs.
 *
 * @param place the file's one name.
 * @param path the name by which the operator knows it.
 */
export function keepFile({
  place,
  path,
  open,
  onReplaced,
  ...file
}: {
  readonly place: string;
  readonly path: string;
  readonly held: Held;
  readonly entries: Entries;
  /** Makes the entries of a file that was made anew. */
  readonly open: (database: DatabaseSync) => Entries;
  readonly onReplaced: (detail: string) => void;
}): KeptFile {
  let { held, entries } = file;
  let lookAgainAt = -Infinity;
  /** Why nothing may be written: the file is gone, and could not be made anew. */
  let misplaced: Error | undefined;
  let isLost = false;

  const replace = (why: string): void => {
    const { rows, aside } = rebuild(place, held);
    held = hold(place, path, onReplaced);
    waitBriefly(held);
    entries = open(held.database);
    onReplaced(
      `${path} ${why} while the server ran; it was made anew with ${rows} audit log events${aside}`,
    );
  };

  const stayInPlace = (): void => {
    const time = performance.now();
    if (time >= lookAgainAt) {
      lookAgainAt = time + (misplaced === undefined ? FILE_CHECK_MS : FILE_REPAIR_MS);
      misplaced = undefined;
      try {
        // One that was closed stays so, unless it was closed to be made anew.
        const isInUse = held.database.isOpen || isLost;
        if (isInUse && identify(place) !== held.identity) replace("was deleted or replaced");
        isLost = false;
      } catch (error) {
        isLost = true;
        lookAgainAt = time + FILE_REPAIR_MS;
        misplaced = asUnavailable(path, error);
      }
    }
    if (misplaced !== undefined) throw misplaced;
  };

  const read: KeptFile["read"] = (work) => {
    try {
      return work(entries);
    } catch (error) {
      if (!isCorrupt(error)) throw error;
      replace("was damaged");
      return work(entries);
    }
  };

  return {
    held: () => held,
    entries: () => entries,
    read,
    write(work) {
      stayInPlace();
      return read((current) => {
        try {
          return work(current);
        } catch (error) {
          if (!isFull(error)) throw error;
          // What is in the log may fit into the file, and then the log has room.
          held.database.exec("PRAGMA wal_checkpoint(RESTART)");
          fitDisk(held.database, place);
          return work(current);
        }
      });
    },
  };
}
