import { runCli } from "./run.js";

const outcome = await runCli(process.argv.slice(2), {
  env: process.env,
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
});

if (outcome.kind === "exited") {
  process.exitCode = outcome.code;
} else {
  const { emulator } = outcome;
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => void emulator.close());
}
