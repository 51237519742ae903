import {
  closeSync,
  existsSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  chmodSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { Outbox } from "../trail/outbox.js";
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
import { createLetters, type OnUnreadable } from "./sqlite-letters.js";

/** How long a write of the server may wait for another process's, in milliseconds: the event loop waits with it. */
const SHORT_WAIT = 25;
/** How long everything else may. */
const LONG_WAIT = 2_000;
/** Whether the file is still in its place is looked at this often, in milliseconds, and repaired this often. */
const BETWEEN_LOOKS = 250;
const BETWEEN_REPAIRS = 5_000;

/** A file that is open, and locked. */
interface Held {
  readonly database: DatabaseSync;
  readonly lock: DatabaseSync;
  /** Device and number of the file: another file at its path has another. */
  readonly identity: string;
}

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
 * @param capacity letters that wait at most, and dead ones at most.
 * @throws WorkOSPluginError `outbox_unavailable` when there is no SQLite, the file cannot be opened, or another
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
  let letters = createLetters(held.database, capacity, onUnreadable);
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
    if (!isFull(error)) throw unavailable(describeFailure(path, error));
  }
  held.database.exec(`PRAGMA busy_timeout = ${SHORT_WAIT}`);

  const replace = (why: string): void => {
    const { rows, aside } = rebuild(place, held);
    held = hold(place, path, onReplaced);
    held.database.exec(`PRAGMA busy_timeout = ${SHORT_WAIT}`);
    letters = createLetters(held.database, capacity, onUnreadable);
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
    deadLetters: () => read(() => letters.deadLetters()),
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
 * Opens another process's outbox, to list what is dead in it and to send that again; puts nothing into it.
 *
 * @throws WorkOSPluginError as above, except that the file may be in use.
 */
export function openDeadLetters(path: string): Pick<Outbox, "deadLetters" | "revive" | "close"> {
  // SQLite would make a new file of a mistyped path.
  if (!existsSync(path)) throw unavailable(`there is no ${path}`);
  const database = connect(path);
  try {
    database.exec(`PRAGMA busy_timeout = ${LONG_WAIT}`);
    // Nor is a table made in another program's file.
    const { deadLetters, revive } = createLetters(database, Infinity);
    return {
      deadLetters,
      revive,
      close: () => {
        database.close();
      },
    };
  } catch (error) {
    database.close();
    throw unavailable(describeFailure(path, error));
  }
}

/** Resolves a path to the file's one name: links are followed, also one whose target is not there yet. */
function locate(path: string): string {
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

function hold(place: string, path: string, onReplaced: (detail: string) => void): Held {
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
    return { database, lock, identity: identify(place) };
  } catch (error) {
    lock.close();
    throw asUnavailable(path, error);
  }
}

function asUnavailable(path: string, error: unknown): Error {
  return error instanceof Error && error.name === "WorkOSPluginError"
    ? error
    : unavailable(describeFailure(path, error));
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
    prepareSchema(database, LONG_WAIT);
    // Counting reads the indexes: what is damaged shows now.
    createLetters(database, 1);
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
  prepareSchema(database, LONG_WAIT);
  onReplaced(`${path} was damaged; it was made anew with ${rows} audit log events${aside}`);
  return database;
}

/**
 * Opens a file on a full disk, where there is no room for what processes share: its letters can be sent, and the command
 * that lists dead letters has to wait until the server was started anew.
 */
function openWithoutSharing(place: string, former: DatabaseSync): DatabaseSync {
  former.close();
  const database = connect(place);
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE");
    prepareSchema(database, LONG_WAIT);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Makes a file that was deleted, or is damaged, anew from what is open. */
function rebuild(place: string, { database, lock }: Held): { rows: number; aside: string } {
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
function identify(place: string): string {
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
    if (!isBusy(error)) throw unavailable(describeFailure(path, error));
    throw unavailable(
      `${path} is in use by another process (or by another auditLogs() of this one): give each its own file`,
    );
  }
  return lock;
}
