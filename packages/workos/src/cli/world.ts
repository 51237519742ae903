/** What the command needs of the world around it. */
export interface CommandWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder in which the command was called. */
  readonly cwd: string;
  readonly fetch: typeof globalThis.fetch;
  readonly now: () => number;
  readonly print: (line: string) => void;
  readonly printError: (line: string) => void;
}

/** Thrown for a command that cannot be run as it was given; its message is for the person who gave it. */
export class MisuseError extends Error {
  override readonly name = "MisuseError";
}
