import { spawnSync } from "node:child_process";
import { delimiter, join, sep } from "node:path";
import { root } from "./files.mjs";

/** A step that failed for a reason that the person at the terminal can read and act on. */
export class SetupError extends Error {}

export function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}

/** The environment in which the tools of this repository, its own Node among them, come first. */
export function toolEnvironment() {
  const bin = join(root, "node_modules", ".bin");
  return { ...process.env, PATH: [bin, process.env.PATH].join(delimiter) };
}

/** The environment without them, for the command that deletes and replaces them. */
export function hostEnvironment() {
  const inside = join(root, "node_modules") + sep;
  const path = (process.env.PATH ?? "").split(delimiter);
  return { ...process.env, PATH: path.filter((part) => !part.startsWith(inside)).join(delimiter) };
}

/**
 * Runs a command to its end, with its output on stderr.
 * Returns what went wrong, in words that follow the command's name, or undefined.
 */
export function run(command, parameters, env) {
  const { error, status, signal } = spawnSync(command, parameters, {
    cwd: root,
    env,
    shell: process.platform === "win32",
    stdio: ["ignore", 2, 2],
  });
  if (error) return `did not start (${error.message})`;
  if (signal) return `was stopped by ${signal}`;
  return status === 0 ? undefined : `exited with ${status}`;
}
