import { parseEvent, type FailedEntry, type OutboxEntry, type WaitingEntry } from "./outbox.js";
import { toShare, type Share } from "./shares.js";

/** A row as SQLite returns it. */
export type Row = Readonly<Record<string, string | number | null>>;

/** Rounds a time: the file's columns hold integers and refuse all else. */
export function toWholeMs(milliseconds: number): number {
  return Math.round(milliseconds);
}

/** Writes a new entry as a row, in the order of the columns that `insert` names. */
export function toRow(
  entry: OutboxEntry & Partial<WaitingEntry>,
  state: "open" | "ready",
  now: number,
): (string | number | null)[] {
  const { key, organizationId, event, attempts = 0, firstTriedAt } = entry;
  const { isDenied, caller } = toShare(event);
  const at = toWholeMs(now);
  const tried = firstTriedAt === undefined ? null : toWholeMs(firstTriedAt);
  const text = JSON.stringify(event);
  return [key, organizationId, text, state, at, at, attempts, tried, caller, isDenied ? 1 : 0];
}

/** Reads whose share a row counts for. */
export function readShare(row: Row): Share {
  return { isDenied: row["is_denied"] === 1, caller: String(row["caller"]) };
}

/** Reads an entry that waits; undefined when the row holds no event. */
export function readWaiting(row: Row): WaitingEntry | undefined {
  const event = parseEvent(String(row["event"]));
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

/** Reads a failed entry; it has no event when the row holds none. */
export function readFailedEntry(row: Row): FailedEntry {
  return {
    key: String(row["key"]),
    organizationId: String(row["organization_id"]),
    event: parseEvent(String(row["event"])),
    problem: String(row["problem"]),
    failedAt: Number(row["buried_at"]),
  };
}
