import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Reads a file; undefined when there is none. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Writes a file as a whole: a reader sees what was there or what is written, and a failure leaves what was there. */
export function writeAtomically(path: string, text: string): void {
  const draft = join(dirname(path), `.${process.pid}.${Math.random().toString(36).slice(2)}.tmp`);
  try {
    writeFileSync(draft, text, { flag: "wx" });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error instanceof Error ? Object.assign(error, { path }) : error;
  }
}

/** Explains why a file cannot be read or written; undefined for what is no failure of a file. */
export function describeFileFailure(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return undefined;
  const path = "path" in error ? String(error.path) : "a file";
  switch (error.code) {
    case "ENOENT":
      return `there is no ${path}, or no folder for it`;
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return `${path} cannot be used: this account may not`;
    case "EISDIR":
      return `${path} cannot be used: it is a folder`;
    default:
      return `${path} cannot be used: ${String(error.code)}`;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
