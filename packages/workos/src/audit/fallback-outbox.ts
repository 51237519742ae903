import { createMemoryOutbox } from "./memory-outbox.js";
import type { Outbox } from "./outbox.js";
import { createUnwrittenStates } from "./unwritten-states.js";

/** An outbox with another in memory beside it. */
export interface FallbackOutbox extends Outbox {
  /** Letters that wait in memory. */
  readonly spare: () => number;
}

/** Is called when the outbox cannot be written, and, with the number of letters that went by way of memory, when it can again. */
export type ReportFallback = (
  state:
    | { readonly kind: "failed"; readonly error: unknown }
    | { readonly kind: "works"; readonly letters: number },
) => void;

/** After a failed write nothing is written for so long, in milliseconds: each try may hold the event loop up. */
const BETWEEN_WRITES = 1_000;
/** Letters that are sent from an outbox that cannot be written, at most: each must be remembered until it can. */
const MOST_UNWRITTEN = 2_000;
/** Letters that move from memory back into the first outbox at a time. */
const MOVED_AT_ONCE = 200;

/**
 * Gives an outbox that may fail, such as a file on a disk that may be full, a second one in memory: what cannot be
 * written there waits here, is sent from here, and moves there when it can be written again. Letters of the first are
 * sent all the while; what becomes of them is remembered until it can be noted.
 *
 * What waits in memory ends with the process, and a letter whose end could not be noted is sent once more by the next,
 * under the same key. Reads and writes that fail do not throw.
 *
 * @param capacity letters that wait in memory at most.
 */
export function withFallback(
  first: Outbox,
  capacity: number,
  now: () => number,
  report: ReportFallback,
): FallbackOutbox {
  const spare = createMemoryOutbox(capacity);
  const unwritten = createUnwrittenStates();
  let detours = 0;
  let last: ReturnType<Outbox["count"]> = { waiting: 0, failed: 0, oldest: undefined };

  const hasToCatchUp = (): boolean => unwritten.size() > 0 || spare.size() > 0;

  /** Notes in the first outbox what became of its letters, and moves those that wait in memory there. */
  const catchUp = (): void => {
    if (!hasToCatchUp()) return;
    unwritten.writeTo(first);
    // Each for itself: one that is in both when a write fails would be sent twice.
    for (const letter of spare.ready(MOVED_AT_ONCE)) {
      if (first.adopt([letter], now()).length === 0) return;
      spare.remove(letter.key);
    }
    for (const letter of spare.begun(MOVED_AT_ONCE)) {
      if (!first.put(letter, false, now())) return;
      spare.remove(letter.key);
    }
  };

  const { isFailing, read, write } = createAttempts({
    now,
    catchUp,
    onFailed(error) {
      report({ kind: "failed", error });
    },
    onWorks() {
      report({ kind: "works", letters: detours });
      detours = 0;
    },
  });

  return {
    put(letter, isReady, at) {
      const written = write(() => first.put(letter, isReady, at));
      // One that is full is not written to, so that it may not work either.
      if (written !== undefined) return written.result;
      detours += 1;
      return spare.put(letter, isReady, at);
    },
    adopt: (letters, at) => write(() => first.adopt(letters, at))?.result ?? [],
    finish(letter, at) {
      if (spare.has(letter.key)) return spare.finish(letter, at);
      const written = write(() => first.finish(letter, at));
      if (written !== undefined) return written.result;
      detours += 1;
      if (!spare.put(letter, true, at)) return false;
      unwritten.remember(letter.key, { kind: "gone" });
      return true;
    },
    finishAll() {
      spare.finishAll();
      write(() => {
        first.finishAll();
      });
    },
    chooseShare: (arriving) => (isFailing() ? spare : first).chooseShare(arriving),
    drop(share, which) {
      if (isFailing()) return spare.drop(share, which);
      return write(() => first.drop(share, which))?.result ?? false;
    },
    hurry(at) {
      spare.hurry(at);
      write(() => {
        first.hurry(at);
      });
      unwritten.hurry(at);
    },
    queues() {
      // What waits in memory moves to the disk as soon as that works, whether or not anything new comes.
      if (hasToCatchUp()) write(() => undefined);
      const queues = new Map<string, number>();
      const firsts = unwritten.size() < MOST_UNWRITTEN ? read(first.queues, []) : [];
      for (const { organizationId, dueAt } of [...spare.queues(), ...firsts]) {
        queues.set(organizationId, Math.min(dueAt, queues.get(organizationId) ?? Infinity));
      }
      return [...queues].map(([organizationId, dueAt]) => ({ organizationId, dueAt }));
    },
    // Those in memory first: they have more to lose.
    due(organizationId, at, most) {
      const letters = spare.due(organizationId, at, most);
      if (letters.length >= most || unwritten.size() >= MOST_UNWRITTEN) return letters;
      const others = read(() => first.due(organizationId, at, most + unwritten.size()), []);
      const waiting = others.filter(({ key }) => unwritten.isDue(key, at) && !spare.has(key));
      return [...letters, ...waiting.map(unwritten.toCurrent)].slice(0, most);
    },
    note(letter, dueAt) {
      const { key } = letter;
      if (spare.has(key)) spare.note(letter, dueAt);
      else if (write(() => first.note(letter, dueAt)) === undefined) {
        unwritten.remember(key, { kind: "waits", letter, dueAt });
      } else unwritten.forget(key);
    },
    remove(key) {
      if (spare.has(key)) spare.remove(key);
      else if (write(() => first.remove(key)) === undefined) {
        unwritten.remember(key, { kind: "gone" });
      }
    },
    bury(key, problem, at) {
      if (spare.has(key)) return spare.bury(key, problem, at);
      const written = write(() => first.bury(key, problem, at));
      if (written === undefined) unwritten.remember(key, { kind: "failed", problem, at });
      return written?.result ?? false;
    },
    failedEntries: () => [...read(first.failedEntries, []), ...spare.failedEntries()],
    revive: (keys, at) =>
      (write(() => first.revive(keys, at))?.result ?? 0) + spare.revive(keys, at),
    size: () => first.size() + spare.size(),
    spare: () => spare.size(),
    count() {
      last = read(first.count, last);
      const own = spare.count();
      const since = [last.oldest, own.oldest].filter((one) => one !== undefined);
      return {
        waiting: last.waiting + own.waiting - unwritten.countEnded(),
        failed: last.failed + own.failed,
        oldest: since.length === 0 ? undefined : Math.min(...since),
      };
    },
    close: () => {
      first.close();
    },
  };
}

/** Reads and writes of an outbox that may fail: they report it and do not throw. */
interface Attempts {
  readonly isFailing: () => boolean;
  /** Writes, if that may be tried; undefined when it could not be written. */
  readonly write: <Result>(work: () => Result) => { readonly result: Result } | undefined;
  readonly read: <Result>(work: () => Result, otherwise: Result) => Result;
}

/** Makes attempts that catch up before each write, and pause after one that failed. */
function createAttempts({
  now,
  catchUp,
  onFailed,
  onWorks,
}: {
  readonly now: () => number;
  readonly catchUp: () => void;
  readonly onFailed: (error: unknown) => void;
  readonly onWorks: () => void;
}): Attempts {
  let isFailing = false;
  let writeAgainAt = -Infinity;

  /** Whether it may be tried: always, or now and then while it fails, and at once when the clock went back. */
  const mayWrite = (): boolean =>
    !isFailing || now() >= writeAgainAt || now() < writeAgainAt - BETWEEN_WRITES;

  const fail = (error: unknown): void => {
    writeAgainAt = now() + BETWEEN_WRITES;
    if (isFailing) return;
    isFailing = true;
    onFailed(error);
  };

  return {
    isFailing: () => isFailing,
    write(work) {
      if (!mayWrite()) return undefined;
      try {
        catchUp();
        const result = work();
        if (isFailing) {
          isFailing = false;
          onWorks();
        }
        return { result };
      } catch (error) {
        fail(error);
        return undefined;
      }
    },
    read(work, otherwise) {
      try {
        return work();
      } catch (error) {
        fail(error);
        return otherwise;
      }
    },
  };
}
