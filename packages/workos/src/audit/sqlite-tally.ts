import { readShare, type Row } from "./sqlite-rows.js";
import type { Statements } from "./sqlite-statements.js";
import { createShares, type Shares } from "./shares.js";

/** How many entries a file holds, without counting them each time: a change of the file changes these too. */
export interface Tally {
  waiting: number;
  failed: number;
  /** Ready entries by share. */
  readonly shares: Shares;
  /** Counts anew only after another process wrote, such as the command that retries failed entries. */
  readonly refresh: () => void;
  /** Counts anew whatever happened. */
  readonly recount: () => void;
}

/** Counts the entries of a file; reading the indexes shows whether they are damaged. */
export function createTally({ version, countStates, countShares }: Statements): Tally {
  let seen = -1;
  const tally: Tally = {
    waiting: 0,
    failed: 0,
    shares: createShares(),
    refresh() {
      const { data_version: current } = version.get() as { data_version: number };
      if (current === seen) return;
      seen = current;
      const { waiting, failed } = countStates.get() as { waiting: number; failed: number };
      Object.assign(tally, { waiting, failed });
      tally.shares.clear();
      for (const row of countShares.all() as Row[]) {
        tally.shares.add(readShare(row), Number(row["letters"]));
      }
    },
    recount() {
      seen = -1;
      tally.refresh();
    },
  };
  tally.refresh();
  return tally;
}
