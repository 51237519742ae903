/** Runs the work of each caller in turns, so that a flood of one takes nothing from another. */
export interface Turns {
  /** Whether so much more work of the caller may wait for its turn. */
  readonly hasRoomFor: (caller: string, number: number) => boolean;
  /** Runs the work when it is its turn. */
  readonly run: <Result>(caller: string, work: () => Promise<Result>) => Promise<Result>;
}

/** One caller's work. Gone when nothing of it runs. */
interface Line {
  running: number;
  readonly waiting: (() => void)[];
}

/**
 * Makes turns: each caller has so many of its own, first come, first served.
 *
 * @param atOnce work of one caller that runs at the same time.
 * @param mostWaiting work of one caller that waits.
 */
export function createTurns(atOnce: number, mostWaiting: number): Turns {
  const lines = new Map<string, Line>();
  return {
    hasRoomFor: (caller, number) =>
      (lines.get(caller)?.waiting.length ?? 0) + number <= mostWaiting,
    async run(caller, work) {
      const line = lines.get(caller) ?? { running: 0, waiting: [] };
      lines.set(caller, line);
      if (line.running < atOnce) line.running += 1;
      else {
        await new Promise<void>((resolve) => {
          line.waiting.push(resolve);
        });
      }
      try {
        return await work();
      } finally {
        // The turn passes on to who has waited longest.
        const next = line.waiting.shift();
        if (next !== undefined) next();
        else if ((line.running -= 1) === 0) lines.delete(caller);
      }
    },
  };
}
