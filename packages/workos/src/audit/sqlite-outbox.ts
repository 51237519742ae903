import { existsSync } from "node:fs";
import type { Outbox } from "./outbox.js";
import { connect, describeFailure, isCorrupt, isFull, unavailable } from "./sqlite-file.js";
import {
  asUnavailable,
  fitDisk,
  hold,
  identify,
  locate,
  LONG_WAIT,
  rebuild,
  type Held,
} from "./sqlite-hold.js";
import { createEntries, type OnUnreadable } from "./sqlite-entries.js";

/** How long a write of the server may wait for another process's, in milliseconds: the event loop waits with it. */
const SHORT_WAIT = 25;
/** Whether the file is still in its place is looked at this often, in milliseconds, and repaired this often. */
const BETWEEN_LOOKS = 250;
const BETWEEN_REPAIRS = 5_000;

/** An outbox in a file. */
export interface FileOutbox extends Outbox {
  /**
   * Leaves the file open until the process ends, or until something in it opens it anew: calls that are still running
   * can go on putting letters into it.
   */
  readonly leave: () => void;
}

/** What a file outbox reports. */
export interface FileOutboxEvents {
  readonly onUnreadable?: OnUnreadable;
  /** The file was gone or damaged, and another is in its place. */
  readonly onReplaced?: (detail: string) => void;
}

/** Files that were left, by their paths. */
const left = new Map<string, Held>();

/**
 * Opens an outbox in a file, in which letters outlive the process: what was put is on its way to the disk when put()
 * returns, and a call that a dead process never finished is sent as it was begun.
 *
 * A crash of the process loses nothing; a crash of the machine may lose what the operating system had not written
 * yet (SQLite's WAL mode with synchronous NORMAL). Only its owner may read the file. Does NOT share the file: a second
 * process is refused, whatever name it knows the file by, since it would take the first one's open calls for a dead
 * process's. Writes are synchronous; one that has to wait for another process gives up after 25 milliseconds and throws.
 *
 * A file that was deleted is written anew from what is still open; one that is damaged is set aside, and what can be
 * read of it goes on in a new one.
 *
 * @param capacity letters that wait at most, and failed ones at most.
 * @throws WorkOSAuthError `outbox_unavailable` when there is no SQLite, the file cannot be opened, or another
 * process has it.
 */
export function openSqliteOutbox(
  path: string,
  capacity: number,
  { onUnreadable, onReplaced = () => undefined }: FileOutboxEvents = {},
): FileOutbox {
  const place = locate(path);
  const former = left.get(place);
  left.delete(place);
  let held = former ?? hold(place, path, onReplaced);
  let letters = createEntries(held.database, capacity, onUnreadable);
  let lookAgainAt = -Infinity;
  /** Those that a file was left with are of calls that may still be running here. */
  let mustFinishAll = former === undefined;

  const finishFormer = (): void => {
    if (mustFinishAll) letters.finishAll();
    mustFinishAll = false;
  };
  try {
    finishFormer();
  } catch (error) {
    // What the process before this one was doing is sent when there is room again.
    if (!isFull(error)) throw unavailable(describeFailure(path, error), error);
  }
  held.database.exec(`PRAGMA busy_timeout = ${SHORT_WAIT}`);

  const replace = (why: string): void => {
    const { rows, aside } = rebuild(place, held);
    held = hold(place, path, onReplaced);
    held.database.exec(`PRAGMA busy_timeout = ${SHORT_WAIT}`);
    letters = createEntries(held.database, capacity, onUnreadable);
    onReplaced(
      `${path} ${why} while the server ran; it was made anew with ${rows} audit log events${aside}`,
    );
  };

  /** Why nothing may be written: the file is gone, and could not be made anew. */
  let misplaced: Error | undefined;
  let isLost = false;
  const stayInPlace = (): void => {
    const time = performance.now();
    if (time >= lookAgainAt) {
      lookAgainAt = time + (misplaced === undefined ? BETWEEN_LOOKS : BETWEEN_REPAIRS);
      misplaced = undefined;
      try {
        // One that was closed stays so, unless it was closed to be made anew.
        const isInUse = held.database.isOpen || isLost;
        if (isInUse && identify(place) !== held.identity) replace("was deleted or replaced");
        isLost = false;
      } catch (error) {
        isLost = true;
        lookAgainAt = time + BETWEEN_REPAIRS;
        misplaced = asUnavailable(path, error);
      }
    }
    if (misplaced !== undefined) throw misplaced;
  };

  /** Runs an operation on letters that are sound. */
  const read = <Result>(work: () => Result): Result => {
    try {
      return work();
    } catch (error) {
      if (!isCorrupt(error)) throw error;
      replace("was damaged");
      return work();
    }
  };

  /** Runs one that writes, into a file that is in its place. */
  const write = <Result>(work: () => Result): Result => {
    stayInPlace();
    return read(() => {
      try {
        return work();
      } catch (error) {
        if (!isFull(error)) throw error;
        // What is in the log may fit into the file, and then the log has room.
        held.database.exec("PRAGMA wal_checkpoint(RESTART)");
        fitDisk(held.database, place);
        return work();
      }
    });
  };

  return {
    put: (...given) =>
      write(() => {
        // Before the first call of this process is among them.
        finishFormer();
        return letters.put(...given);
      }),
    adopt: (...given) => write(() => letters.adopt(...given)),
    finish: (...given) => write(() => letters.finish(...given)),
    finishAll: () => {
      write(() => {
        letters.finishAll();
      });
    },
    chooseShare: (arriving) => letters.chooseShare(arriving),
    drop: (...given) => write(() => letters.drop(...given)),
    queues: () => read(() => letters.queues()),
    due: (...given) => read(() => letters.due(...given)),
    note: (...given) => {
      write(() => {
        letters.note(...given);
      });
    },
    remove: (key) => {
      write(() => {
        letters.remove(key);
      });
    },
    hurry: (now) => {
      write(() => {
        letters.hurry(now);
      });
    },
    bury: (...given) => write(() => letters.bury(...given)),
    failedEntries: () => read(() => letters.failedEntries()),
    revive: (...given) => write(() => letters.revive(...given)),
    size: () => letters.size(),
    count: () => read(() => letters.count()),
    close() {
      held.database.close();
      held.lock.close();
    },
    leave() {
      process.off("exit", closeThoseLeft).once("exit", closeThoseLeft);
      left.set(place, held);
    },
  };
}

/** SQLite tidies a file up when it is closed; without, the next start does. */
function closeThoseLeft(): void {
  for (const { database, lock } of left.values()) {
    database.close();
    lock.close();
  }
  left.clear();
}

/**
 * Opens another process's outbox, to list what failed in it and to send that again; puts nothing into it.
 *
 * @throws WorkOSAuthError as above, except that the file may be in use.
 */
export function openFailedEntries(
  path: string,
): Pick<Outbox, "failedEntries" | "revive" | "close"> {
  // SQLite would make a new file of a mistyped path.
  if (!existsSync(path)) throw unavailable(`there is no ${path}`);
  const database = connect(path);
  try {
    database.exec(`PRAGMA busy_timeout = ${LONG_WAIT}`);
    // Nor is a table made in another program's file.
    const { failedEntries, revive } = createEntries(database, Infinity);
    return {
      failedEntries,
      revive,
      close: () => {
        database.close();
      },
    };
  } catch (error) {
    database.close();
    throw unavailable(describeFailure(path, error), error);
  }
}
