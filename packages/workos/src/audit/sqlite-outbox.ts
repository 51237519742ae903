import { existsSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import type { Outbox } from "./outbox.js";
import { createEntries, type OnUnreadable } from "./sqlite-entries.js";
import { connect, describeFailure, isFull, unavailable } from "./sqlite-file.js";
import { hold, locate, BUSY_TIMEOUT_MS, type Held } from "./sqlite-hold.js";
import { keepFile, waitBriefly, type Entries } from "./sqlite-keep.js";

/** An outbox in a file. */
export interface FileOutbox extends Outbox {
  /**
   * Leaves the file open until the process ends, or until something in it opens it anew: calls that are still running
   * can go on putting entries into it.
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
 * Opens an outbox in a file, in which entries outlive the process: what was put is on its way to the disk when put()
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
 * @param capacity entries that wait at most, and failed ones at most.
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
  const held = former ?? hold(place, path, onReplaced);
  const open = (database: DatabaseSync): Entries => createEntries(database, capacity, onUnreadable);
  const first = open(held.database);

  /** Those that a file was left with are of calls that may still be running here. */
  let mustFinishAll = former === undefined;
  const finishFormer = (entries: Entries): void => {
    if (mustFinishAll) entries.finishAll();
    mustFinishAll = false;
  };
  try {
    finishFormer(first);
  } catch (error) {
    // What the process before this one was doing is sent when there is room again.
    if (!isFull(error)) throw unavailable(describeFailure(path, error), error);
  }
  waitBriefly(held);

  const file = keepFile({ place, path, held, entries: first, open, onReplaced });
  const { read, write } = file;
  return {
    put: (...given) =>
      write((entries) => {
        // Before the first call of this process is among them.
        finishFormer(entries);
        return entries.put(...given);
      }),
    adopt: (...given) => write((entries) => entries.adopt(...given)),
    finish: (...given) => write((entries) => entries.finish(...given)),
    finishAll: () => {
      write((entries) => {
        entries.finishAll();
      });
    },
    chooseShare: (arriving) => file.entries().chooseShare(arriving),
    drop: (...given) => write((entries) => entries.drop(...given)),
    queues: () => read((entries) => entries.queues()),
    due: (...given) => read((entries) => entries.due(...given)),
    note: (...given) => {
      write((entries) => {
        entries.note(...given);
      });
    },
    remove: (key) => {
      write((entries) => {
        entries.remove(key);
      });
    },
    hurry: (now) => {
      write((entries) => {
        entries.hurry(now);
      });
    },
    bury: (...given) => write((entries) => entries.bury(...given)),
    failedEntries: () => read((entries) => entries.failedEntries()),
    revive: (...given) => write((entries) => entries.revive(...given)),
    size: () => file.entries().size(),
    count: () => read((entries) => entries.count()),
    close() {
      const { database, lock } = file.held();
      database.close();
      lock.close();
    },
    leave() {
      process.off("exit", closeThoseLeft).once("exit", closeThoseLeft);
      left.set(place, file.held());
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
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
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
