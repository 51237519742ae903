import type { DatabaseSync } from "node:sqlite";
import type { AuditLogEvent } from "../workos/audit-log-event.js";
import {
  LONGEST_WAIT,
  type FailedEntry,
  type OutboxEntry,
  type Outbox,
  type WaitingEntry,
} from "./outbox.js";
import { createShares, toShare } from "./shares.js";

export type Row = Readonly<Record<string, string | number | null>>;

/**
 * Columns are in the order in which they were introduced: a file of an older version gets those it lacks. Each index
 * holds only the letters that it is for, so that a call's beginning costs one of them.
 */
export const SCHEMA = `
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
    buried_at INTEGER,
    caller TEXT NOT NULL DEFAULT '',
    is_denied INTEGER NOT NULL DEFAULT 0
  ) STRICT;
`;
export const COLUMNS =
  "key, organization_id, event, state, added_at, due_at, attempts, first_tried_at, problem, buried_at, caller, is_denied";
export const ADDED_COLUMNS: Readonly<Record<string, string>> = {
  caller: "TEXT NOT NULL DEFAULT ''",
  is_denied: "INTEGER NOT NULL DEFAULT 0",
};
export const INDEXES = `
  DROP INDEX IF EXISTS letters_by_time;
  CREATE INDEX IF NOT EXISTS letters_by_organization ON letters (organization_id, due_at) WHERE state = 'ready';
  CREATE INDEX IF NOT EXISTS letters_by_share ON letters (is_denied, caller, due_at) WHERE state = 'ready';
  CREATE INDEX IF NOT EXISTS letters_by_age ON letters (added_at) WHERE state != 'dead';
  CREATE INDEX IF NOT EXISTS dead_letters ON letters (buried_at) WHERE state = 'dead';
`;

const UNREADABLE = "the row in the file holds no audit log event, so it cannot be sent";

/** What becomes of a row that is no audit log event. */
export type OnUnreadable = (key: string) => void;

/**
 * Makes an outbox of a database whose schema is there. Times are whole milliseconds in the file, whatever is given.
 *
 * A row that cannot be read as an event is set aside with the failed entries, and the others go on.
 *
 * @param capacity letters that wait at most, and failed ones at most.
 */
export function createEntries(
  database: DatabaseSync,
  capacity: number,
  onUnreadable: OnUnreadable = () => undefined,
): Omit<Outbox, "close"> {
  const prepare = (sql: string): ReturnType<DatabaseSync["prepare"]> => database.prepare(sql);
  const insert = prepare(
    "INSERT INTO letters (key, organization_id, event, state, added_at, due_at, attempts, first_tried_at, caller, is_denied) " +
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
  );
  const finishOpen = prepare(
    "UPDATE letters SET event = ?, state = 'ready', due_at = ? WHERE key = ? AND state = 'open'",
  );
  const finishReady = prepare("UPDATE letters SET event = ? WHERE key = ? AND state = 'ready'");
  const finishAll = prepare("UPDATE letters SET state = 'ready' WHERE state = 'open'");
  const dropOldest = prepare(dropSql("ASC"));
  const dropNewest = prepare(dropSql("DESC"));
  const firstQueue = prepare(queueSql(""));
  const nextQueue = prepare(queueSql("AND organization_id > ?"));
  const selectDue = prepare(dueSql("due_at <= ?"));
  const selectAhead = prepare(dueSql("due_at > ?"));
  const note = prepare(
    "UPDATE letters SET due_at = ?, attempts = ?, first_tried_at = ? WHERE key = ?",
  );
  const hurry = prepare("UPDATE letters SET due_at = ? WHERE state = 'ready' AND due_at > ?");
  // Run with all(): get() ends before such a statement is committed, and returns a row also when the disk is full.
  const remove = prepare("DELETE FROM letters WHERE key = ? RETURNING state, caller, is_denied");
  const bury = prepare(
    "UPDATE letters SET state = 'dead', problem = ?, buried_at = ? WHERE key = ? AND state = 'ready' " +
      "RETURNING caller, is_denied",
  );
  const removeOldestDead = prepare(
    "DELETE FROM letters WHERE key IN (SELECT key FROM letters WHERE state = 'dead' ORDER BY buried_at DESC LIMIT -1 OFFSET ?)",
  );
  const selectDead = prepare("SELECT * FROM letters WHERE state = 'dead' ORDER BY buried_at");
  const revive = prepare(
    "UPDATE letters SET state = 'ready', due_at = ?, attempts = 0, first_tried_at = NULL " +
      "WHERE state = 'dead' AND key = ? AND json_valid(event) RETURNING caller, is_denied",
  );
  const version = prepare("PRAGMA data_version");
  const countShares = prepare(
    "SELECT is_denied, caller, count(*) AS letters FROM letters WHERE state = 'ready' GROUP BY is_denied, caller",
  );
  const countOpen = prepare(
    "SELECT (SELECT count(*) FROM letters WHERE state != 'dead') AS waiting, " +
      "(SELECT count(*) FROM letters WHERE state = 'dead') AS failed",
  );
  const oldest = prepare("SELECT min(added_at) AS oldest FROM letters WHERE state != 'dead'");

  const shares = createShares();
  let [waiting, failed, seen] = [0, 0, -1];
  /** Counts anew only after another process wrote, such as the command that retries failed entries. */
  const recount = (): void => {
    const { data_version: current } = version.get() as { data_version: number };
    if (current === seen) return;
    seen = current;
    ({ waiting, failed } = countOpen.get() as { waiting: number; failed: number });
    shares.clear();
    for (const { is_denied, caller, letters } of countShares.all() as Row[]) {
      shares.add({ isDenied: is_denied === 1, caller: String(caller) }, Number(letters));
    }
  };
  const shareIn = (row: Row): Parameters<typeof shares.add>[0] => ({
    isDenied: row["is_denied"] === 1,
    caller: String(row["caller"]),
  });

  const add = (
    letter: OutboxEntry,
    state: "open" | "ready",
    now: number,
    attempts = 0,
  ): boolean => {
    const { key, organizationId, event } = letter;
    const { firstTriedAt } = letter as Partial<WaitingEntry>;
    const share = toShare(event);
    const tried = firstTriedAt === undefined ? null : whole(firstTriedAt);
    const at = whole(now);
    const text = JSON.stringify(event);
    const isDenied = share.isDenied ? 1 : 0;
    const row = [key, organizationId, text, state, at, at, attempts, tried, share.caller, isDenied];
    const { changes } = insert.run(...row);
    if (changes === 0) return false;
    waiting += 1;
    if (state === "ready") shares.add(share);
    return true;
  };

  const buryRow = (key: string, problem: string, now: number): boolean => {
    const [row] = bury.all(problem, whole(now), key) as Row[];
    if (row === undefined) return false;
    shares.remove(shareIn(row));
    waiting -= 1;
    failed += 1;
    if (failed <= capacity) return false;
    const dropped = Number(removeOldestDead.run(capacity).changes);
    failed -= dropped;
    return dropped > 0;
  };

  /** Sets a row aside that is no event; false when that cannot be written now, so that it is only passed over. */
  const setAside = (key: string, now: number): boolean => {
    try {
      buryRow(key, UNREADABLE, now);
    } catch {
      return false;
    }
    onUnreadable(key);
    return true;
  };

  const due: Outbox["due"] = (organizationId, now, most) => {
    const rows = [
      ...selectDue.all(organizationId, whole(now), most),
      ...selectAhead.all(organizationId, whole(now + LONGEST_WAIT), most),
    ] as Row[];
    const found = rows.slice(0, most).flatMap((row) => toWaiting(row) ?? []);
    if (found.length > 0 || rows.length === 0) return found;
    // Behind rows that were set aside there may be letters.
    const wereSetAside = rows.map(({ key }) => setAside(String(key), now));
    return wereSetAside.includes(true) ? due(organizationId, now, most) : [];
  };

  recount();
  return {
    put(letter, isReady, now) {
      if (waiting >= capacity) return false;
      add(letter, isReady ? "ready" : "open", now);
      return true;
    },
    adopt(letters, now) {
      const fitting = letters.slice(0, Math.max(0, capacity - waiting));
      for (const letter of fitting) add(letter, "ready", now, letter.attempts);
      return fitting.map(({ key }) => key);
    },
    finish({ key, event }, now) {
      const text = JSON.stringify(event);
      if (finishOpen.run(text, whole(now), key).changes === 1) {
        shares.add(toShare(event));
        return true;
      }
      return finishReady.run(text, key).changes === 1;
    },
    finishAll() {
      if (finishAll.run().changes === 0) return;
      seen = -1;
      recount();
    },
    chooseShare: shares.choose,
    drop(share, which) {
      const statement = which === "oldest" ? dropOldest : dropNewest;
      const { changes } = statement.run(share.isDenied ? 1 : 0, share.caller);
      if (changes === 0) return false;
      waiting -= 1;
      shares.remove(share);
      return true;
    },
    queues() {
      recount();
      const queues: { organizationId: string; dueAt: number }[] = [];
      let row = firstQueue.get() as Row | undefined;
      while (row !== undefined) {
        const organizationId = String(row["organization_id"]);
        queues.push({ organizationId, dueAt: Number(row["due_at"]) });
        row = nextQueue.get(organizationId) as Row | undefined;
      }
      return queues;
    },
    due,
    note({ key, attempts, firstTriedAt }, dueAt) {
      const first = firstTriedAt === undefined ? null : whole(firstTriedAt);
      note.run(whole(dueAt), attempts, first, key);
    },
    hurry: (now) => void hurry.run(whole(now), whole(now)),
    remove(key) {
      const [row] = remove.all(key) as Row[];
      if (row === undefined) return;
      if (row["state"] === "dead") failed -= 1;
      else waiting -= 1;
      if (row["state"] === "ready") shares.remove(shareIn(row));
    },
    bury: buryRow,
    failedEntries: () => (selectDead.all() as Row[]).map(toFailedEntry),
    revive(keys, now) {
      const wanted = keys ?? (selectDead.all() as Row[]).map(({ key }) => String(key));
      let revived = 0;
      for (const key of wanted) {
        const [row] = revive.all(whole(now), key) as Row[];
        if (row === undefined) continue;
        shares.add(shareIn(row));
        revived += 1;
      }
      waiting += revived;
      failed -= revived;
      return revived;
    },
    size: () => waiting,
    count() {
      recount();
      const { oldest: since } = oldest.get() as { oldest: number | null };
      return { waiting, failed, oldest: since ?? undefined };
    },
  };
}

/** The file's columns hold integers and refuse all else. */
function whole(milliseconds: number): number {
  return Math.round(milliseconds);
}

function dropSql(order: "ASC" | "DESC"): string {
  return (
    "DELETE FROM letters WHERE key = (SELECT key FROM letters WHERE state = 'ready' AND is_denied = ? AND caller = ? " +
    `ORDER BY due_at ${order} LIMIT 1)`
  );
}

function queueSql(after: string): string {
  return `SELECT organization_id, due_at FROM letters WHERE state = 'ready' ${after} ORDER BY organization_id, due_at LIMIT 1`;
}

function dueSql(time: string): string {
  return `SELECT * FROM letters WHERE state = 'ready' AND organization_id = ? AND ${time} ORDER BY due_at LIMIT ?`;
}

function toWaiting(row: Row): WaitingEntry | undefined {
  const event = eventIn(row);
  if (event === undefined) return undefined;
  const { key, organization_id: organizationId, attempts, first_tried_at: first } = row;
  return {
    key: String(key),
    organizationId: String(organizationId),
    event,
    attempts: Number(attempts),
    firstTriedAt: first === null ? undefined : Number(first),
  };
}

function toFailedEntry(row: Row): FailedEntry {
  return {
    key: String(row["key"]),
    organizationId: String(row["organization_id"]),
    event: eventIn(row),
    problem: String(row["problem"]),
    failedAt: Number(row["buried_at"]),
  };
}

/** Reads a row's event; undefined for what was not written by this package, or was damaged. */
function eventIn(row: Row): AuditLogEvent | undefined {
  try {
    const event = JSON.parse(String(row["event"])) as Partial<AuditLogEvent> | null;
    const { action, actor, targets, context } = event ?? {};
    const isEvent =
      typeof action === "string" &&
      typeof actor?.id === "string" &&
      typeof context === "object" &&
      Array.isArray(targets);
    return isEvent ? (event as AuditLogEvent) : undefined;
  } catch {
    return undefined;
  }
}
