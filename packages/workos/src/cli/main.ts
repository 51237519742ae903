#!/usr/bin/env node
import { run } from "./run.js";

// A module that a command loads, such as the access map's, may end the process: nothing was checked then.
let isDone = false;
process.on("exit", (code) => {
  if (isDone || code !== 0) return;
  process.stderr.write("The command did not end: a module that it loaded ended the process.\n");
  process.exitCode = 1;
});

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  fetch: globalThis.fetch,
  now: Date.now,
  print: (line) => {
    process.stdout.write(`${line}\n`);
  },
  printError: (line) => {
    process.stderr.write(`${line}\n`);
  },
});
isDone = true;
