import { createMemoryOutbox, type Outbox } from "./outbox.js";

/** An outbox with another in memory beside it. */
export interface SparedOutbox extends Outbox {
  /** Letters that wait in memory. */
  readonly spare: () => number;
}

/** Hears when the outbox cannot be written, and, with the number of letters that went by way of memory, when it can again. */
export type ReportSpare = (
  state:
    | { readonly kind: "failed"; readonly problem: string }
    | { readonly kind: "works"; readonly letters: number },
) => void;

/** While the first outbox cannot be written, it is looked into this often, in milliseconds: nothing in it can be sent. */
const BETWEEN_LOOKS = 30_000;

/**
 * Gives an outbox that may fail, such as a file on a disk that may be full, a second one in memory: what cannot be
 * written there waits here, and is sent from here.
 *
 * Does NOT move letters back: what waits in memory ends with the process.
 *
 * @param capacity letters that wait in memory at most.
 */
export function withSpare(first: Outbox, capacity: number, report: ReportSpare): SparedOutbox {
  const spare = createMemoryOutbox(capacity);
  /** Letters that were begun in the first outbox and finished in memory; there they must be removed too. */
  const doubles = new Set<string>();
  let detours = 0;
  let lookAgainAt = -Infinity;
  let last: ReturnType<Outbox["count"]> = { waiting: 0, dead: 0, oldest: undefined };

  const fail = (error: unknown): void => {
    detours += 1;
    if (detours > 1) return;
    report({ kind: "failed", problem: error instanceof Error ? error.message : String(error) });
  };

  const removeDouble = (key: string): void => {
    if (!doubles.has(key)) return;
    try {
      first.remove(key);
      doubles.delete(key);
    } catch {
      // It stays noted until the disk has room; at worst it is sent again, under the same key.
    }
  };

  const succeed = (): void => {
    if (detours === 0) return;
    report({ kind: "works", letters: detours });
    detours = 0;
    for (const key of doubles) if (!spare.has(key)) removeDouble(key);
  };

  return {
    put(letter, isReady, now) {
      try {
        if (first.put(letter, isReady, now)) {
          succeed();
          return true;
        }
        // One that is full is not written to, so that it may not work either.
        return detours > 0 && spare.put(letter, isReady, now);
      } catch (error) {
        fail(error);
        return spare.put(letter, isReady, now);
      }
    },
    finish(letter, now) {
      if (spare.has(letter.key)) return spare.finish(letter, now);
      try {
        return first.finish(letter, now);
      } catch (error) {
        fail(error);
        if (!spare.put(letter, true, now)) return false;
        doubles.add(letter.key);
        return true;
      }
    },
    finishAll() {
      spare.finishAll();
      first.finishAll();
    },
    dropOldest() {
      if (detours > 0) return spare.dropOldest();
      try {
        return first.dropOldest();
      } catch (error) {
        fail(error);
        return false;
      }
    },
    hurry(now) {
      spare.hurry(now);
      try {
        first.hurry(now);
      } catch {
        // What is postponed there waits for the next start.
      }
    },
    // Those in memory first: they have more to lose. They must not wait because nothing can be noted in a full file.
    due(now, most) {
      const letters = spare.due(now, most);
      if (letters.length > 0 || (detours > 0 && now < lookAgainAt)) return letters;
      lookAgainAt = now + BETWEEN_LOOKS;
      return first.due(now, most);
    },
    tried(keys, now) {
      spare.tried(keys, now);
      const others = keys.filter((key) => !spare.has(key));
      if (others.length > 0) first.tried(others, now);
    },
    remove(key) {
      (spare.has(key) ? spare : first).remove(key);
      removeDouble(key);
    },
    postpone(key, until) {
      (spare.has(key) ? spare : first).postpone(key, until);
    },
    bury(key, problem, now) {
      if (!spare.has(key)) return first.bury(key, problem, now);
      const hasDropped = spare.bury(key, problem, now);
      removeDouble(key);
      return hasDropped;
    },
    deadLetters: () => [...first.deadLetters(), ...spare.deadLetters()],
    revive: (keys, now) => first.revive(keys, now) + spare.revive(keys, now),
    size: () => first.size() + spare.size(),
    spare: () => spare.size(),
    count() {
      try {
        last = first.count();
      } catch {
        // What the file held when it could last be read.
      }
      const own = spare.count();
      const since = [last.oldest, own.oldest].filter((one) => one !== undefined);
      return {
        waiting: last.waiting + own.waiting - doubles.size,
        dead: last.dead + own.dead,
        oldest: since.length === 0 ? undefined : Math.min(...since),
      };
    },
    close: () => {
      first.close();
    },
  };
}
