import type { DatabaseSync, StatementSync } from "node:sqlite";

/**
 * The SQL of an outbox in a file, by what it does. Run what returns changed rows with all(): get() ends before such a
 * statement is committed, and returns a row also when the disk is full.
 */
const SQL = {
  insert: `
    INSERT INTO letters (key, organization_id, event, state, added_at, due_at, attempts, first_tried_at, caller, is_denied)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING`,
  finishOpen: `
    UPDATE letters SET event = ?, state = 'ready', due_at = ? WHERE key = ? AND state = 'open'`,
  finishReady: "UPDATE letters SET event = ? WHERE key = ? AND state = 'ready'",
  finishAll: "UPDATE letters SET state = 'ready' WHERE state = 'open'",
  dropOldest: `
    DELETE FROM letters WHERE key = (
      SELECT key FROM letters WHERE state = 'ready' AND is_denied = ? AND caller = ? ORDER BY due_at ASC LIMIT 1)`,
  dropNewest: `
    DELETE FROM letters WHERE key = (
      SELECT key FROM letters WHERE state = 'ready' AND is_denied = ? AND caller = ? ORDER BY due_at DESC LIMIT 1)`,
  firstQueue: `
    SELECT organization_id, due_at FROM letters WHERE state = 'ready' ORDER BY organization_id, due_at LIMIT 1`,
  nextQueue: `
    SELECT organization_id, due_at FROM letters WHERE state = 'ready' AND organization_id > ?
    ORDER BY organization_id, due_at LIMIT 1`,
  selectDue: `
    SELECT * FROM letters WHERE state = 'ready' AND organization_id = ? AND due_at <= ? ORDER BY due_at LIMIT ?`,
  selectAhead: `
    SELECT * FROM letters WHERE state = 'ready' AND organization_id = ? AND due_at > ? ORDER BY due_at LIMIT ?`,
  note: "UPDATE letters SET due_at = ?, attempts = ?, first_tried_at = ? WHERE key = ?",
  hurry: "UPDATE letters SET due_at = ? WHERE state = 'ready' AND due_at > ?",
  remove: "DELETE FROM letters WHERE key = ? RETURNING state, caller, is_denied",
  bury: `
    UPDATE letters SET state = 'dead', problem = ?, buried_at = ? WHERE key = ? AND state = 'ready'
    RETURNING caller, is_denied`,
  removeOldestDead: `
    DELETE FROM letters WHERE key IN (
      SELECT key FROM letters WHERE state = 'dead' ORDER BY buried_at DESC LIMIT -1 OFFSET ?)`,
  selectDead: "SELECT * FROM letters WHERE state = 'dead' ORDER BY buried_at",
  revive: `
    UPDATE letters SET state = 'ready', due_at = ?, attempts = 0, first_tried_at = NULL
    WHERE state = 'dead' AND key = ? AND json_valid(event) RETURNING caller, is_denied`,
  version: "PRAGMA data_version",
  countShares: `
    SELECT is_denied, caller, count(*) AS letters FROM letters WHERE state = 'ready' GROUP BY is_denied, caller`,
  countStates: `
    SELECT (SELECT count(*) FROM letters WHERE state != 'dead') AS waiting,
      (SELECT count(*) FROM letters WHERE state = 'dead') AS failed`,
  oldest: "SELECT min(added_at) AS oldest FROM letters WHERE state != 'dead'",
} as const;

/** The statements of one database. */
export type Statements = Readonly<Record<keyof typeof SQL, StatementSync>>;

/** Prepares every statement; throws when the table is not there, or lacks a column. */
export function prepareStatements(database: DatabaseSync): Statements {
  const prepared = Object.entries(SQL).map(([name, sql]) => [name, database.prepare(sql)] as const);
  return Object.fromEntries(prepared) as Statements;
}
