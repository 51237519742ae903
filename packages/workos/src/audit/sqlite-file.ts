import { dirname } from "node:path";
import type * as SQLite from "node:sqlite";
import type { DatabaseSync } from "node:sqlite";
import { WorkOSAuthError } from "../errors.js";
import type { Row } from "./sqlite-rows.js";
import { ADDED_COLUMNS, COLUMNS, INDEXES, SCHEMA } from "./sqlite-schema.js";

/** SQLite's result codes (https://sqlite.org/rescode.html); the upper bytes say more. */
const BUSY = 5;
const READ_ONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const NOT_A_DATABASE = 26;
/** No room for the memory that processes share. */
const NO_SHARED_MEMORY = 4874;
const NO_WRITE = 778;

/** Opens a database. */
export function connect(path: string): DatabaseSync {
  // Asked for like this, a runtime without SQLite throws here instead of failing while it links modules.
  const sqlite = process.getBuiltinModule("node:sqlite") as typeof SQLite | undefined;
  if (sqlite === undefined) {
    throw unavailable(
      `a durable outbox needs node:sqlite, which Node ${process.versions.node} does not have: use Node 22.13 or newer, or leave outbox out`,
    );
  }
  try {
    return new sqlite.DatabaseSync(path);
  } catch (error) {
    // Of a runtime that has the module and no disk, such as workerd.
    if (error instanceof TypeError && error.message === "Illegal constructor") {
      throw unavailable(
        "a durable outbox needs a disk, which this runtime does not have: leave outbox out",
      );
    }
    throw unavailable(describeFailure(path, error), error);
  }
}

/** Makes the table and its indexes, or adds what a file of an older version lacks. */
export function prepareSchema(database: DatabaseSync, busyTimeout: number): void {
  // Several processes may read and write for a moment, such as the command that lists failed entries.
  database.exec(`PRAGMA busy_timeout = ${busyTimeout}`);
  const tables = database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
    .all() as Row[];
  if (tables.length > 0 && !tables.some(({ name }) => name === "letters")) {
    throw new Error("it is another program's database");
  }
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
  database.exec(SCHEMA);
  const columns = database.prepare("SELECT name FROM pragma_table_info('letters')").all() as Row[];
  for (const [column, definition] of Object.entries(ADDED_COLUMNS)) {
    if (!columns.some(({ name }) => name === column)) {
      database.exec(`ALTER TABLE letters ADD COLUMN ${column} ${definition}`);
    }
  }
  database.exec(INDEXES);
}

/** Copies the entries of a database, as far as it can be read, into a new file; returns how many. */
export function salvage(from: DatabaseSync, path: string): number {
  const to = connect(path);
  try {
    to.exec(SCHEMA);
    to.exec("BEGIN");
    const places = COLUMNS.replaceAll(/\w+/gu, "?");
    const insert = to.prepare(`INSERT OR IGNORE INTO letters (${COLUMNS}) VALUES (${places})`);
    let rows = 0;
    // From both ends: a damaged page ends either.
    for (const order of ["ASC", "DESC"]) {
      try {
        const select = from.prepare(
          `SELECT ${COLUMNS} FROM letters NOT INDEXED ORDER BY rowid ${order}`,
        );
        for (const row of select.iterate()) {
          rows += Number(insert.run(...Object.values(row)).changes);
        }
        break;
      } catch (error) {
        if (!isCorrupt(error)) throw error;
      }
    }
    to.exec("COMMIT");
    return rows;
  } finally {
    to.close();
  }
}

/** Whether a file that was an outbox is damaged. */
export function isCorrupt(error: unknown): boolean {
  return [CORRUPT, NOT_A_DATABASE].includes(readErrorCode(error) & 0xff);
}

export function isBusy(error: unknown): boolean {
  return (readErrorCode(error) & 0xff) === BUSY;
}

/** Whether a file may be none of ours at all. */
export function isForeign(error: unknown): boolean {
  return (readErrorCode(error) & 0xff) === NOT_A_DATABASE;
}

export function isFull(error: unknown): boolean {
  return [FULL, NO_SHARED_MEMORY, NO_WRITE].includes(readErrorCode(error));
}

/** Words a failure for the operator: what, where, and what to do. */
export function describeFailure(path: string, error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  const { code } = error as { code?: unknown };
  if (isFull(error) || code === "ENOSPC") {
    return `${path} cannot be written: the disk of ${dirname(path)} is full (${why}); make room there, or choose a path on another disk`;
  }
  switch (readErrorCode(error) & 0xff) {
    case BUSY:
      return `${path} is held by another process, such as a backup (${why}), which must end first`;
    case READ_ONLY:
      return `${path} cannot be written (${why}): is it, or its file system, read-only? Choose a path that this process may write`;
    case IO_ERROR:
      return `${path} cannot be read or written (${why}): check the disk of ${dirname(path)}, or choose a path on another`;
    case NOT_A_DATABASE:
      return `${path} is no outbox (${why}): if it is another program's file choose another path, and if it was an outbox move it away`;
    case CANNOT_OPEN:
      return `${path} cannot be opened (${why}): does the folder exist, and may this process write there?`;
    default:
      return ["ENOENT", "EACCES", "EROFS", "EPERM", "EISDIR", "ENOTDIR"].includes(String(code))
        ? `${path} cannot be opened (${why}): does the folder exist, and may this process write there?`
        : `${path} is no outbox: ${why}`;
  }
}

export function unavailable(problem: string, cause?: unknown): WorkOSAuthError {
  const options = cause === undefined ? {} : { cause };
  return new WorkOSAuthError(
    "outbox_unavailable",
    `auditLogs() has no outbox: ${problem}`,
    options,
  );
}

function readErrorCode(error: unknown): number {
  const { errcode } = (typeof error === "object" && error !== null ? error : {}) as {
    errcode?: unknown;
  };
  return typeof errcode === "number" ? errcode : 0;
}
