import {
  chmodSync,
  closeSync,
  existsSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { WorkOSAuthError } from "../errors.js";
import {
  connect,
  describeFailure,
  isBusy,
  isCorrupt,
  isForeign,
  isFull,
  prepareSchema,
  salvage,
  unavailable,
} from "./sqlite-file.js";
import { createEntries } from "./sqlite-entries.js";

/** How long what is not a request's may wait for another process's write, in milliseconds. */
export const BUSY_TIMEOUT_MS = 2_000;

/** A file that is open, and locked. */
export interface Held {
  readonly database: DatabaseSync;
  readonly lock: DatabaseSync;
  /** Device and number of the file: another file at its path has another. */
  readonly identity: string;
}

/** Resolves a path to the file's one name: links are followed, also one whose target is not there yet. */
export function locate(path: string): string {
  const place = resolve(path);
  try {
    return realpathSync(place);
  } catch {
    // It is not there yet, or leads nowhere.
  }
  try {
    return locate(resolve(dirname(place), readlinkSync(place)));
  } catch {
    const folder = dirname(place);
    return existsSync(folder) ? join(realpathSync(folder), basename(place)) : place;
  }
}

/**
 * Opens a file and locks it for this process; one that is damaged is made anew from what can be read of it.
 *
 * @param place the file's one name.
 * @param path the name by which the operator knows it.
 */
export function hold(place: string, path: string, onReplaced: (detail: string) => void): Held {
  try {
    createPrivate(place);
    createPrivate(`${place}-lock`);
    if (statSync(place).nlink > 1) {
      throw unavailable(
        `${path} has hard links, by which a second process could open it: give it one name, such as a copy`,
      );
    }
  } catch (error) {
    throw asUnavailable(path, error);
  }
  const lock = lockFor(place, path);
  try {
    const database = openSound(place, path, onReplaced);
    keepPrivate(place);
    fitDisk(database, place);
    return { database, lock, identity: identify(place) };
  } catch (error) {
    lock.close();
    throw asUnavailable(path, error);
  }
}

export function asUnavailable(path: string, error: unknown): Error {
  return error instanceof WorkOSAuthError
    ? error
    : unavailable(describeFailure(path, error), error);
}

/** Creates a file that only its owner may read, unless it is there. SQLite gives its log the same rights. */
function createPrivate(place: string): void {
  closeSync(openSync(place, "a", 0o600));
}

/** Takes the rights of others away from an outbox that was made with them. */
function keepPrivate(place: string): void {
  for (const name of [place, `${place}-wal`, `${place}-shm`]) {
    try {
      const { mode } = statSync(name);
      if ((mode & 0o077) !== 0) chmodSync(name, mode & 0o700);
    } catch {
      // It is not there, or it is another user's, who decides.
    }
  }
}

/** Opens the file; one that is damaged is set aside, and what can be read of it goes on in a new one. */
function openSound(
  place: string,
  path: string,
  onReplaced: (detail: string) => void,
): DatabaseSync {
  let database = connect(place);
  try {
    prepareSchema(database, BUSY_TIMEOUT_MS);
    // Counting reads the indexes: what is damaged shows now.
    createEntries(database, 1);
    return database;
  } catch (error) {
    if (isFull(error)) return openWithoutSharing(place, database);
    if (!isCorrupt(error) || isForeign(error)) {
      database.close();
      throw error;
    }
  }
  const { rows, aside } = setAside(place, database);
  database = connect(place);
  prepareSchema(database, BUSY_TIMEOUT_MS);
  onReplaced(`${path} was damaged; it was made anew with ${rows} audit log events${aside}`);
  return database;
}

/**
 * Opens a file on a full disk, where there is no room for what processes share: its entries can be sent, and the command
 * that lists failed entries has to wait until the server was started anew.
 */
function openWithoutSharing(place: string, former: DatabaseSync): DatabaseSync {
  former.close();
  const database = connect(place);
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE");
    prepareSchema(database, BUSY_TIMEOUT_MS);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The log grows to so many pages at most before they are copied into the file; less on a small disk. */
const MAX_LOG_PAGES = 1_000;
const MIN_LOG_PAGES = 16;

/**
 * Keeps the log small on a small disk, and some of the disk free for it: with a log that takes all the room nothing
 * could be copied into the file, nor an entry removed.
 */
export function fitDisk(database: DatabaseSync, place: string): void {
  const { bavail, bsize } = statfsSync(dirname(place));
  const { page_size: size } = database.prepare("PRAGMA page_size").get() as { page_size: number };
  const { page_count: used } = database.prepare("PRAGMA page_count").get() as {
    page_count: number;
  };
  const free = Math.floor((bavail * bsize) / size);
  const log = Math.min(MAX_LOG_PAGES, Math.max(MIN_LOG_PAGES, Math.floor(free / 8)));
  // A transaction that goes over the mark is in the log too.
  const most = Math.min(2 ** 32 - 2, used + Math.max(0, free - 3 * log));
  database.exec(`PRAGMA wal_autocheckpoint = ${log}; PRAGMA max_page_count = ${most}`);
}

/** Makes a file that was deleted, or is damaged, anew from what is open. */
export function rebuild(place: string, { database, lock }: Held): { rows: number; aside: string } {
  // An earlier attempt came as far as that.
  if (!database.isOpen) return { rows: 0, aside: "" };
  const isThere = existsSync(place);
  const kept = setAside(place, database, isThere);
  lock.close();
  return kept;
}

/** Closes a database and puts what can be read of it in the place of its file, which is kept under another name. */
function setAside(
  place: string,
  database: DatabaseSync,
  isThere = true,
): { rows: number; aside: string } {
  const next = `${place}-new`;
  rmSync(next, { force: true });
  closeSync(openSync(next, "a", 0o600));
  const rows = salvage(database, next);
  // Before the new file is in its place: closing tidies up by name.
  try {
    database.close();
  } catch {
    // It is as closed as it can be.
  }
  const former = `${place}.damaged-${Date.now()}`;
  if (isThere) renameSync(place, former);
  for (const suffix of ["-wal", "-shm"]) {
    if (existsSync(place + suffix)) renameSync(place + suffix, former + suffix);
  }
  renameSync(next, place);
  return { rows, aside: isThere ? `; the former file is kept as ${former}` : "" };
}

/** Identifies the file and its log by device and number; a file that is not there has none. */
export function identify(place: string): string {
  const parts = [place, `${place}-wal`].map((name) => {
    const stat = statSync(name, { throwIfNoEntry: false });
    return stat === undefined ? "none" : `${stat.dev}:${stat.ino}`;
  });
  return parts.join(" ");
}

/** A transaction that never ends, in a file of its own: the operating system drops it with the process, however that dies. */
function lockFor(place: string, path: string): DatabaseSync {
  const lock = connect(`${place}-lock`);
  try {
    // Without a journal nothing is written, which a full disk would not take.
    lock.exec("PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE;");
  } catch (error) {
    lock.close();
    if (!isBusy(error)) throw unavailable(describeFailure(path, error), error);
    throw unavailable(
      `${path} is in use by another process (or by another auditLogs() of this one): give each its own file`,
      error,
    );
  }
  return lock;
}
