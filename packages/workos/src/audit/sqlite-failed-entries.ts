import type { Outbox } from "./outbox.js";
import { readFailedEntry, readShare, toWholeMs, type Row } from "./sqlite-rows.js";
import type { Statements } from "./sqlite-statements.js";
import type { Tally } from "./sqlite-tally.js";

/**
 * Keeps the failed entries of a file: entries that are sent no more unless they are revived.
 *
 * @param capacity failed entries at most; the oldest make room.
 */
export function createFailedEntries(
  statements: Statements,
  tally: Tally,
  capacity: number,
): Pick<Outbox, "bury" | "failedEntries" | "revive"> {
  const selectDead = (): Row[] => statements.selectDead.all() as Row[];
  return {
    bury(key, problem, now) {
      const [row] = statements.bury.all(problem, toWholeMs(now), key) as Row[];
      if (row === undefined) return false;
      tally.shares.remove(readShare(row));
      tally.waiting -= 1;
      tally.failed += 1;
      if (tally.failed <= capacity) return false;
      const dropped = Number(statements.removeOldestDead.run(capacity).changes);
      tally.failed -= dropped;
      return dropped > 0;
    },
    failedEntries: () => selectDead().map(readFailedEntry),
    revive(keys = selectDead().map(({ key }) => String(key)), now) {
      let revived = 0;
      for (const key of keys) {
        const [row] = statements.revive.all(toWholeMs(now), key) as Row[];
        if (row === undefined) continue;
        tally.shares.add(readShare(row));
        revived += 1;
      }
      tally.waiting += revived;
      tally.failed -= revived;
      return revived;
    },
  };
}
