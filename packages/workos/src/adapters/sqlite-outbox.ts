import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type * as SQLite from "node:sqlite";
import type { DatabaseSync } from "node:sqlite";
import { WorkOSPluginError } from "../errors.js";
import type { AuditLogEvent } from "../trail/audit-log.js";
import { LONGEST_WAIT, type Letter, type Outbox } from "../trail/outbox.js";

type Row = Readonly<Record<string, string | number | null>>;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS letters (
    key TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL,
    event TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'ready', 'dead')),
    added_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    first_tried_at INTEGER,
    problem TEXT,
    buried_at INTEGER
  ) STRICT;
  CREATE INDEX IF NOT EXISTS letters_by_time ON letters (state, due_at);
`;

/** How long a write of the server may wait for another process's, in milliseconds: the event loop waits with it. */
const SHORT_WAIT = 250;
/** How long everything else may. */
const LONG_WAIT = 2_000;

/** A file that is open, and locked. */
interface Held {
  readonly database: DatabaseSync;
  readonly lock: DatabaseSync;
}

/** An outbox in a file. */
export interface FileOutbox extends Outbox {
  /**
   * Leaves the file open until the process ends, or until somebody in it opens it anew: calls that are still running
   * can go on putting letters into it.
   */
  readonly leave: () => void;
}

/** Files that were left, by their paths. */
const left = new Map<string, Held>();

/**
 * Opens an outbox in a file, in which letters outlive the process: what was put is on its way to the disk when put()
 * returns, and a call that a dead process never finished is sent as it was begun.
 *
 * A crash of the process loses nothing; a crash of the machine may lose what the operating system had not written
 * yet (SQLite's WAL mode with synchronous NORMAL). Does NOT share the file: a second process is refused, since it
 * would take the first one's open calls for a dead process's. Writes are synchronous; one that has to wait for another
 * process, such as the command that replays dead letters, gives up after a quarter of a second and throws.
 *
 * @param capacity letters that wait at most, and dead ones at most.
 * @throws WorkOSPluginError `outbox_unavailable` when there is no SQLite, the file cannot be opened, or another
 * process has it.
 */
export function openSqliteOutbox(path: string, capacity: number): FileOutbox {
  const place = resolve(path);
  const former = left.get(place);
  left.delete(place);
  const held = former ?? hold(path);
  const { database, lock } = held;
  // Those that a file was left with are of calls that may still be running here.
  if (former === undefined)
    database.exec("UPDATE letters SET state = 'ready' WHERE state = 'open'");
  database.exec(`PRAGMA busy_timeout = ${SHORT_WAIT}`);
  return {
    ...lettersIn(database, capacity),
    close() {
      database.close();
      lock.close();
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

function hold(path: string): Held {
  const database = open(path);
  try {
    return { database, lock: lockFor(path) };
  } catch (error) {
    database.close();
    throw error;
  }
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
    // Nor is a table made in somebody else's file.
    const { deadLetters, revive } = lettersIn(database, Infinity);
    return {
      deadLetters,
      revive,
      close: () => {
        database.close();
      },
    };
  } catch (error) {
    database.close();
    throw unavailable(`${path} is no outbox: ${messageOf(error)}`);
  }
}

function lettersIn(database: DatabaseSync, capacity: number): Omit<Outbox, "close"> {
  const prepare = (sql: string): ReturnType<DatabaseSync["prepare"]> => database.prepare(sql);
  const put = prepare(
    "INSERT INTO letters (key, organization_id, event, state, added_at, due_at) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const finish = prepare(
    "UPDATE letters SET event = ?, state = 'ready', due_at = iif(state = 'open', ?, due_at) WHERE key = ? AND state != 'dead'",
  );
  const finishAll = prepare("UPDATE letters SET state = 'ready' WHERE state = 'open'");
  const removeOldest = prepare(
    "DELETE FROM letters WHERE key = (SELECT key FROM letters WHERE state = 'ready' ORDER BY due_at LIMIT 1)",
  );
  const selectDue = prepare(
    "SELECT * FROM letters WHERE state = 'ready' AND (due_at <= ? OR due_at > ?) ORDER BY due_at LIMIT ?",
  );
  const tried = prepare(
    "UPDATE letters SET attempts = attempts + 1, first_tried_at = coalesce(first_tried_at, ?) WHERE key = ?",
  );
  const hurry = prepare("UPDATE letters SET due_at = ? WHERE state = 'ready' AND due_at > ?");
  const remove = prepare("DELETE FROM letters WHERE key = ?");
  const postpone = prepare("UPDATE letters SET due_at = ? WHERE key = ?");
  const bury = prepare(
    "UPDATE letters SET state = 'dead', problem = ?, buried_at = ? WHERE key = ? AND state != 'dead'",
  );
  const removeOldestDead = prepare(
    "DELETE FROM letters WHERE key IN (SELECT key FROM letters WHERE state = 'dead' ORDER BY buried_at DESC LIMIT -1 OFFSET ?)",
  );
  const selectDead = prepare("SELECT * FROM letters WHERE state = 'dead' ORDER BY buried_at");
  const revive = prepare(
    "UPDATE letters SET state = 'ready', due_at = ?, attempts = 0, first_tried_at = NULL WHERE state = 'dead' AND key = ?",
  );
  const counts = prepare(
    "SELECT count(*) FILTER (WHERE state != 'dead') AS waiting, count(*) FILTER (WHERE state = 'dead') AS dead, " +
      "min(added_at) FILTER (WHERE state != 'dead') AS oldest FROM letters",
  );
  const count = (): { waiting: number; dead: number; oldest: number | undefined } => {
    const row = counts.get() as Row;
    return {
      waiting: Number(row["waiting"]),
      dead: Number(row["dead"]),
      oldest: row["oldest"] === null ? undefined : Number(row["oldest"]),
    };
  };
  // Counting on every put would cost more than the put; nobody else removes what waits.
  let { waiting, dead } = count();

  return {
    put({ key, organizationId, event }, isReady, now) {
      if (waiting >= capacity) return false;
      const state = isReady ? "ready" : "open";
      put.run(key, organizationId, JSON.stringify(event), state, now, now);
      waiting += 1;
      return true;
    },
    finish: ({ key, event }, now) => finish.run(JSON.stringify(event), now, key).changes === 1,
    finishAll: () => void finishAll.run(),
    dropOldest() {
      const { changes } = removeOldest.run();
      waiting -= Number(changes);
      return changes === 1;
    },
    due: (now, most) =>
      (selectDue.all(now, now + LONGEST_WAIT, most) as Row[]).map((row) => ({
        ...letterOf(row),
        attempts: Number(row["attempts"]),
        firstTriedAt: row["first_tried_at"] === null ? undefined : Number(row["first_tried_at"]),
      })),
    tried(keys, now) {
      for (const key of keys) tried.run(now, key);
    },
    hurry: (now) => void hurry.run(now, now),
    remove(key) {
      waiting -= Number(remove.run(key).changes);
    },
    postpone: (key, until) => void postpone.run(until, key),
    bury(key, problem, now) {
      const buried = Number(bury.run(problem, now, key).changes);
      waiting -= buried;
      dead += buried;
      if (dead <= capacity) return false;
      const dropped = Number(removeOldestDead.run(capacity).changes);
      ({ dead } = count());
      return dropped > 0;
    },
    deadLetters: () =>
      (selectDead.all() as Row[]).map((row) => ({
        ...letterOf(row),
        problem: String(row["problem"]),
        buriedAt: Number(row["buried_at"]),
      })),
    revive(keys, now) {
      const wanted = keys ?? (selectDead.all() as Row[]).map(({ key }) => String(key));
      let revived = 0;
      for (const key of wanted) revived += Number(revive.run(now, key).changes);
      waiting += revived;
      dead -= revived;
      return revived;
    },
    size: () => waiting,
    count() {
      const now = count();
      ({ waiting, dead } = now);
      return now;
    },
  };
}

function letterOf(row: Row): Letter {
  return {
    key: String(row["key"]),
    organizationId: String(row["organization_id"]),
    event: JSON.parse(String(row["event"])) as AuditLogEvent,
  };
}

function open(path: string): DatabaseSync {
  const database = connect(path);
  try {
    // Several processes may read and write for a moment, such as the command that lists dead letters.
    database.exec(
      `PRAGMA busy_timeout = ${LONG_WAIT}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;`,
    );
    database.exec(SCHEMA);
  } catch (error) {
    database.close();
    throw unavailable(`${path} is no outbox: ${messageOf(error)}`);
  }
  return database;
}

/** A transaction that never ends, in a file of its own: the operating system drops it with the process, however that dies. */
function lockFor(path: string): DatabaseSync {
  const lock = connect(`${path}-lock`);
  try {
    lock.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE;");
  } catch {
    lock.close();
    throw unavailable(
      `${path} is in use by another process (or by another auditLogs() of this one): give each its own file`,
    );
  }
  return lock;
}

function connect(path: string): DatabaseSync {
  // Asked for like this, a runtime without SQLite says so instead of failing while it links modules.
  const sqlite = process.getBuiltinModule("node:sqlite") as typeof SQLite | undefined;
  if (sqlite === undefined) {
    throw unavailable(
      `a durable outbox needs node:sqlite, which Node ${process.versions.node} does not have: use Node 22.13 or newer, or leave outbox out`,
    );
  }
  try {
    return new sqlite.DatabaseSync(path);
  } catch (error) {
    throw unavailable(`${path} cannot be opened: ${messageOf(error)}`);
  }
}

function unavailable(problem: string): WorkOSPluginError {
  return new WorkOSPluginError("outbox_unavailable", `auditLogs() has no outbox: ${problem}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
