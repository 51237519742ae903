/**
 * Columns are in the order in which they were introduced: a file of an older version gets those it lacks. Each index
 * holds only the entries that it is for, so that a call's beginning costs one of them.
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
