import { run } from "../../src/cli/run.js";

export interface CommandResult {
  readonly code: number;
  readonly out: string[];
  readonly err: string[];
}

/** Runs the command in a folder, and gives what it printed. */
export async function runCommand(
  given: readonly string[],
  world: { env?: Record<string, string>; fetch?: typeof fetch; cwd?: string } = {},
): Promise<CommandResult> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await run(given, {
    env: world.env ?? {},
    cwd: world.cwd ?? import.meta.dirname,
    fetch: world.fetch ?? (async () => Promise.reject(new TypeError("fetch failed"))),
    now: () => 99,
    print: (line) => out.push(line),
    printError: (line) => err.push(line),
  });
  return { code, out, err };
}
