import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { say } from "./command.mjs";
import { notes, readIfThere } from "./files.mjs";

const folder = join(notes, "lock");
const owner = join(folder, "pid");

/** Runs `work` while no other setup of this checkout does. A lock whose owner is gone is taken over. */
export function alone(work) {
  mkdirSync(notes, { recursive: true });
  for (let waited = 0; !taken(); waited += 1) {
    const pid = Number(readIfThere(owner) ?? 0);
    // No pid: the owner is just about to write it, or died before it could.
    const abandoned = pid === 0 ? waited > 8 : !isAlive(pid);
    if (abandoned) rmSync(folder, { recursive: true, force: true });
    else if (waited === 4) say(`waiting for another setup of this checkout (process ${pid})`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250);
  }
  try {
    work();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function taken() {
  try {
    mkdirSync(folder);
    writeFileSync(owner, String(process.pid));
    return true;
  } catch (error) {
    if (error.code === "EEXIST" || error.code === "ENOENT") return false;
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
