import { existsSync } from "node:fs";
import type * as SQLite from "node:sqlite";
import type { DatabaseSync } from "node:sqlite";
import { WorkOSPluginError } from "../errors.js";
import type { AuditLogEvent } from "../trail/audit-log.js";
import type { Letter, Outbox } from "../trail/outbox.js";

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

/**
 * Opens an outbox in a file, in which letters outlive the process: what was put is on its way to the disk when put()
 * returns, and a call that a dead process never finished is sent as it was begun.
 *
 * A crash of the process loses nothing; a crash of the machine may lose what the operating system had not written
 * yet (SQLite's WAL mode with synchronous NORMAL). Does NOT share the file: a second process is refused, since it
 * would take the first one's open calls for a dead process's.
 *
 * @param capacity letters that wait at most, and dead ones at most.
 * @throws WorkOSPluginError `outbox_unavailable` when there is no SQLite, the file cannot be opened, or another
 * process has it.
 */
export function openSqliteOutbox(path: string, capacity: number): Outbox {
  const database = open(path);
  let lock: DatabaseSync;
  try {
    lock = lockFor(path);
  } catch (error) {
    database.close();
    throw error;
  }
  database.exec("UPDATE letters SET state = 'ready' WHERE state = 'open'");
  const letters = lettersIn(database, capacity);
  return {
    ...letters,
    close() {
      database.close();
      lock.close();
    },
  };
}

/**
 * Opens another process's outbox, to list what is dead in it and to send that again; puts nothing into it.
 *
 * @throws WorkOSPluginError as above, except that the file may be in use.
 */
export function openDeadLetters(path: string): Pick<Outbox, "deadLetters" | "revive" | "close"> {
  // SQLite would make a new file of a mistyped path.
  if (!existsSync(path)) throw unavailable(`there is no ${path}`);
  const database = open(path);
  const { deadLetters, revive } = lettersIn(database, Infinity);
  return {
    deadLetters,
    revive,
    close: () => {
      database.close();
    },
  };
}

function lettersIn(database: DatabaseSync, capacity: number): Omit<Outbox, "close"> {
  const prepare = (sql: string): ReturnType<DatabaseSync["prepare"]> => database.prepare(sql);
  const put = prepare(
    "INSERT INTO letters (key, organization_id, event, state, added_at, due_at) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const replace = prepare("UPDATE letters SET event = ?, state = ? WHERE key = ?");
  const removeOldest = prepare(
    "DELETE FROM letters WHERE key = (SELECT key FROM letters WHERE state = 'ready' ORDER BY due_at LIMIT 1)",
  );
  const selectDue = prepare(
    "SELECT * FROM letters WHERE state = 'ready' AND due_at <= ? ORDER BY due_at LIMIT ?",
  );
  const tried = prepare(
    "UPDATE letters SET attempts = attempts + 1, first_tried_at = coalesce(first_tried_at, ?) WHERE key = ?",
  );
  const remove = prepare("DELETE FROM letters WHERE key = ?");
  const postpone = prepare("UPDATE letters SET due_at = ? WHERE key = ?");
  const bury = prepare(
    "UPDATE letters SET state = 'dead', problem = ?, buried_at = ? WHERE key = ?",
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
  let { waiting } = count();

  return {
    put({ key, organizationId, event }, isReady, now) {
      const state = isReady ? "ready" : "open";
      const text = JSON.stringify(event);
      if (isReady && replace.run(text, state, key).changes === 1) return true;
      if (waiting >= capacity) return false;
      put.run(key, organizationId, text, state, now, now);
      waiting += 1;
      return true;
    },
    dropOldest() {
      const { changes } = removeOldest.run();
      waiting -= Number(changes);
      return changes === 1;
    },
    due: (now, most) =>
      (selectDue.all(now, most) as Row[]).map((row) => ({
        ...letterOf(row),
        attempts: Number(row["attempts"]),
        firstTriedAt: row["first_tried_at"] === null ? undefined : Number(row["first_tried_at"]),
      })),
    tried(keys, now) {
      for (const key of keys) tried.run(now, key);
    },
    remove(key) {
      waiting -= Number(remove.run(key).changes);
    },
    postpone: (key, until) => void postpone.run(until, key),
    bury(key, problem, now) {
      waiting -= Number(bury.run(problem, now, key).changes);
      if (capacity !== Infinity) removeOldestDead.run(capacity);
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
      return revived;
    },
    size: () => waiting,
    count() {
      const now = count();
      ({ waiting } = now);
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
      "PRAGMA busy_timeout = 2000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;",
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
