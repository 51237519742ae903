import { readMembers } from "../standards/members.js";
import type { Observer } from "../trail/observer.js";
import { logLines, type LogOptions } from "../trail/logs.js";
import { byTimer } from "./edge.js";

/**
 * Makes an observer that writes a line for every event: one JSON object where machines read, and a
 * sentence on a terminal. Refusals of one kind are one line, and then one with their number each minute.
 *
 * Does NOT write tokens, header fields or, unless `keepArguments` names them, arguments.
 */
export function logs(options: LogOptions = {}): Observer {
  const read: LogOptions | undefined = readMembers(options);
  return logLines({ format: process.stdout.isTTY ? "text" : "json", ...read }, byTimer);
}
