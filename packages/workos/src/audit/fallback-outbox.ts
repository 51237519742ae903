import { createMemoryOutbox } from "./memory-outbox.js";
import type { Outbox, WaitingEntry } from "./outbox.js";

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

/** What could not be noted in the first outbox: how a letter of it stands. */
type Unwritten =
  | { readonly kind: "waits"; readonly letter: WaitingEntry; readonly dueAt: number }
  | { readonly kind: "gone" }
  | { readonly kind: "failed"; readonly problem: string; readonly at: number };

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
  const unwritten = new Map<string, Unwritten>();
  let detours = 0;
  let isFailing = false;
  let writeAgainAt = -Infinity;
  let last: ReturnType<Outbox["count"]> = { waiting: 0, failed: 0, oldest: undefined };

  /** Whether the first outbox may be tried: always, or now and then while it fails, and at once when the clock went back. */
  const mayWrite = (): boolean =>
    !isFailing || now() >= writeAgainAt || now() < writeAgainAt - BETWEEN_WRITES;

  const fail = (error: unknown): void => {
    writeAgainAt = now() + BETWEEN_WRITES;
    if (isFailing) return;
    isFailing = true;
    report({ kind: "failed", error });
  };

  /** Notes in the first outbox what became of its letters, one by one, and moves those that wait in memory there. */
  const catchUp = (): void => {
    for (const [key, state] of unwritten) {
      if (state.kind === "gone") first.remove(key);
      else if (state.kind === "failed") first.bury(key, state.problem, state.at);
      else first.note(state.letter, state.dueAt);
      unwritten.delete(key);
    }
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

  const succeed = (): void => {
    if (!isFailing) return;
    isFailing = false;
    report({ kind: "works", letters: detours });
    detours = 0;
  };

  const hasToCatchUp = (): boolean => unwritten.size > 0 || spare.size() > 0;

  /** Writes into the first outbox, if that may be tried; undefined when it could not be written. */
  const write = <Result>(work: () => Result): { readonly result: Result } | undefined => {
    if (!mayWrite()) return undefined;
    try {
      if (hasToCatchUp()) catchUp();
      const result = work();
      succeed();
      return { result };
    } catch (error) {
      fail(error);
      return undefined;
    }
  };

  const read = <Result>(work: () => Result, otherwise: Result): Result => {
    try {
      return work();
    } catch (error) {
      fail(error);
      return otherwise;
    }
  };

  const remember = (key: string, state: Unwritten): void => void unwritten.set(key, state);

  const isWaiting = (key: string, at: number): boolean => {
    const state = unwritten.get(key);
    return state === undefined || (state.kind === "waits" && state.dueAt <= at);
  };

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
      remember(letter.key, { kind: "gone" });
      return true;
    },
    finishAll() {
      spare.finishAll();
      write(() => {
        first.finishAll();
      });
    },
    chooseShare: (arriving) => (isFailing ? spare : first).chooseShare(arriving),
    drop(share, which) {
      if (isFailing) return spare.drop(share, which);
      return write(() => first.drop(share, which))?.result ?? false;
    },
    hurry(at) {
      spare.hurry(at);
      write(() => {
        first.hurry(at);
      });
      for (const [key, state] of unwritten) {
        if (state.kind === "waits") remember(key, { ...state, dueAt: Math.min(state.dueAt, at) });
      }
    },
    queues() {
      // What waits in memory moves to the disk as soon as that works, whether or not anything new comes.
      if (hasToCatchUp()) write(() => undefined);
      const queues = new Map<string, number>();
      const firsts = unwritten.size < MOST_UNWRITTEN ? read(first.queues, []) : [];
      for (const { organizationId, dueAt } of [...spare.queues(), ...firsts]) {
        queues.set(organizationId, Math.min(dueAt, queues.get(organizationId) ?? Infinity));
      }
      return [...queues].map(([organizationId, dueAt]) => ({ organizationId, dueAt }));
    },
    // Those in memory first: they have more to lose.
    due(organizationId, at, most) {
      const letters = spare.due(organizationId, at, most);
      if (letters.length >= most || unwritten.size >= MOST_UNWRITTEN) return letters;
      const others = read(() => first.due(organizationId, at, most + unwritten.size), []);
      const waiting = others.filter(({ key }) => isWaiting(key, at) && !spare.has(key));
      return [...letters, ...waiting.map(toCurrent)].slice(0, most);
    },
    note(letter, dueAt) {
      const { key } = letter;
      if (spare.has(key)) spare.note(letter, dueAt);
      else if (write(() => first.note(letter, dueAt)) === undefined) {
        remember(key, { kind: "waits", letter, dueAt });
      } else unwritten.delete(key);
    },
    remove(key) {
      if (spare.has(key)) spare.remove(key);
      else if (write(() => first.remove(key)) === undefined) remember(key, { kind: "gone" });
    },
    bury(key, problem, at) {
      if (spare.has(key)) return spare.bury(key, problem, at);
      const written = write(() => first.bury(key, problem, at));
      if (written === undefined) remember(key, { kind: "failed", problem, at });
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
      let ended = 0;
      for (const { kind } of unwritten.values()) if (kind !== "waits") ended += 1;
      return {
        waiting: last.waiting + own.waiting - ended,
        failed: last.failed + own.failed,
        oldest: since.length === 0 ? undefined : Math.min(...since),
      };
    },
    close: () => {
      first.close();
    },
  };

  function toCurrent(letter: WaitingEntry): WaitingEntry {
    const state = unwritten.get(letter.key);
    return state?.kind === "waits" ? { ...state.letter, event: letter.event } : letter;
  }
}
