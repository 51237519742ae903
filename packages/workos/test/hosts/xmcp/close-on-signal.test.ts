import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const module = pathToFileURL(
  join(import.meta.dirname, "../../../src/hosts/xmcp/close-on-signal.ts"),
).href;

/** Runs a script that closes something in 200 ms, sends it signals when it is ready, and tells how it ended. */
async function end(
  script: string,
  signals: readonly NodeJS.Signals[],
): Promise<{ code: number | null; signal: string | null; lines: string[] }> {
  const source = `
    import { closeOnSignal } from ${JSON.stringify(module)};
    const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    setInterval(() => undefined, 1000);
    const forgetFirst = closeOnSignal(async () => { console.log("closing"); await wait(200); console.log("closed"); });
    ${script}
    console.log("ready");
  `;
  const child = spawn(process.execPath, ["--no-warnings", "--input-type=module", "-e", source], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  const waiting = [...signals];
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    const signal = line === "ready" || line === "closing" ? waiting.shift() : undefined;
    if (signal !== undefined) child.kill(signal);
  });
  return new Promise((resolve) => {
    child.once("close", (code, signal) => {
      resolve({ code, signal, lines });
    });
  });
}

describe("a process that is asked to end", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("closes first and then ends by %s", async (signal) => {
    expect(await end("", [signal])).toEqual({
      code: null,
      signal,
      lines: ["ready", "closing", "closed"],
    });
  });

  it("ends once, when a second copy of the package has something to close too", async () => {
    const script = `
      const second = await import(${JSON.stringify(`${module}?copy=2`)});
      if (second.closeOnSignal === closeOnSignal) throw new Error("the same copy");
      const forget = second.closeOnSignal(async () => undefined);
      second.closeOnSignal(async () => { await wait(50); console.log("second closed"); });
      forget();
      process.on("SIGTERM", () => { console.log("handler"); process.exit(3); });
    `;
    expect(await end(script, ["SIGTERM"])).toEqual({
      code: 3,
      signal: null,
      lines: ["ready", "closing", "handler", "second closed", "closed"],
    });
  });

  it("keeps an exit that a handler calls at once, and its code", async () => {
    const script = `
      process.on("SIGTERM", () => { console.log("handler"); process.exit(3); });
      closeOnSignal(async () => { await wait(50); throw new Error("broken"); });
    `;
    expect(await end(script, ["SIGTERM"])).toEqual({
      code: 3,
      signal: null,
      lines: ["ready", "closing", "handler", "closed"],
    });
  });

  it("lets an exit without a code be the code that was set", async () => {
    const script = `process.on("SIGTERM", () => { process.exitCode = 4; process.exit(); });`;
    expect((await end(script, ["SIGTERM"])).code).toBe(4);
  });

  it("leaves the end to a handler that takes its time", async () => {
    const script = `process.on("SIGTERM", () => void wait(400).then(() => { console.log("mine"); process.exit(5); }));`;
    expect(await end(script, ["SIGTERM"])).toEqual({
      code: 5,
      signal: null,
      lines: ["ready", "closing", "closed", "mine"],
    });
  });

  it("ends at once by an exit that comes later, and by a second signal", async () => {
    const script = `process.on("SIGTERM", () => void wait(50).then(() => process.exit(6)));`;
    expect(await end(script, ["SIGTERM"])).toEqual({
      code: 6,
      signal: null,
      lines: ["ready", "closing"],
    });
    expect(await end("", ["SIGTERM", "SIGTERM"])).toEqual({
      code: null,
      signal: "SIGTERM",
      lines: ["ready", "closing"],
    });
  });

  it("forgets what was closed otherwise, and with the last one the signals", async () => {
    const script = `
      closeOnSignal(async () => { console.log("other"); })();
      process.on("SIGTERM", () => void wait(300).then(() => process.exit(7)));
    `;
    expect((await end(script, ["SIGTERM"])).lines).toEqual(["ready", "closing", "closed"]);
    const none = `
      const forget = closeOnSignal(async () => { console.log("other"); });
      forget(); forget();
      forgetFirst();
    `;
    expect(await end(none, ["SIGTERM"])).toEqual({
      code: null,
      signal: "SIGTERM",
      lines: ["ready"],
    });
  });
});
