import { createMemoryOutbox, type MemoryOutbox } from "./memory-outbox.js";
import type { Outbox, Queue } from "./outbox.js";
import { createUnwrittenStates } from "./unwritten-states.js";

/** An outbox with another in memory beside it. */
export interface FallbackOutbox extends Outbox {
  /** Entries that wait in memory. */
  readonly spare: () => number;
}

/** Is called when the outbox cannot be written, and, with the number of entries that went by way of memory, when it can again. */
export type ReportFallback = (
  state:
    | { readonly kind: "failed"; readonly error: unknown }
    | { readonly kind: "works"; readonly entries: number },
) => void;

/** After a failed write nothing is written for so long, in milliseconds: each try may hold the event loop up. */
const WRITE_RETRY_MS = 1_000;
/** Entries that are sent from an outbox that cannot be written, at most: each must be remembered until it can. */
const MAX_UNWRITTEN = 2_000;
/** Entries that move from memory back into the first outbox at a time. */
const MAX_MOVED_AT_ONCE = 200;

/**
 * Gives an outbox that may fail, such as a file on a disk that may be full, a second one in memory: what cannot be
 * written there waits here, is sent from here, and moves there when it can be written again. Entries of the first are
 * sent all the while; what becomes of them is remembered until it can be noted.
 *
 * What waits in memory ends with the process, and an entry whose end could not be noted is sent once more by the next,
 * under the same key. Reads and writes that fail do not throw.
 *
 * @param capacity entries that wait in memory at most.
 */
export function withFallback(
  first: Outbox,
  capacity: number,
  now: () => number,
  report: ReportFallback,
): FallbackOutbox {
  const spare = createMemoryOutbox(capacity);
  const unwritten = createUnwrittenStates();
  let last: ReturnType<Outbox["count"]> = { waiting: 0, failed: 0, oldest: undefined };

  const hasToCatchUp = (): boolean => unwritten.size() > 0 || spare.size() > 0;

  /** Notes in the first outbox what became of its entries, and moves those that wait in memory there. */
  const catchUp = (): void => {
    if (!hasToCatchUp()) return;
    unwritten.writeTo(first);
    moveEntries(spare, first, now());
  };

  const { isFailing, read, write, countDetour } = createAttempts(now, catchUp, report);

  return {
    put(entry, isReady, at) {
      const written = write(() => first.put(entry, isReady, at));
      // One that is full is not written to, so that it may not work either.
      if (written !== undefined) return written.result;
      countDetour();
      return spare.put(entry, isReady, at);
    },
    adopt: (entries, at) => write(() => first.adopt(entries, at))?.result ?? [],
    finish(entry, at) {
      if (spare.has(entry.key)) return spare.finish(entry, at);
      const written = write(() => first.finish(entry, at));
      if (written !== undefined) return written.result;
      countDetour();
      if (!spare.put(entry, true, at)) return false;
      unwritten.remember(entry.key, { kind: "gone" });
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
      const firsts = unwritten.size() < MAX_UNWRITTEN ? read(first.queues, []) : [];
      return mergeQueues([...spare.queues(), ...firsts]);
    },
    // Those in memory first: they have more to lose.
    due(organizationId, at, most) {
      const entries = spare.due(organizationId, at, most);
      if (entries.length >= most || unwritten.size() >= MAX_UNWRITTEN) return entries;
      const others = read(() => first.due(organizationId, at, most + unwritten.size()), []);
      const waiting = others.filter(({ key }) => unwritten.isDue(key, at) && !spare.has(key));
      return [...entries, ...waiting.map(unwritten.toCurrent)].slice(0, most);
    },
    note(entry, dueAt) {
      const { key } = entry;
      if (spare.has(key)) spare.note(entry, dueAt);
      else if (write(() => first.note(entry, dueAt)) === undefined) {
        unwritten.remember(key, { kind: "waits", entry, dueAt });
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
      const { waiting, failed, oldest } = spare.count();
      const since = Math.min(last.oldest ?? Infinity, oldest ?? Infinity);
      return {
        waiting: last.waiting + waiting - unwritten.countEnded(),
        failed: last.failed + failed,
        oldest: since === Infinity ? undefined : since,
      };
    },
    close: () => {
      first.close();
    },
  };
}

/**
 * Moves entries to another outbox as far as it has room: each for itself, since one that is in both when a write fails
 * would be sent twice.
 */
function moveEntries(from: MemoryOutbox, to: Outbox, now: number): void {
  for (const entry of from.ready(MAX_MOVED_AT_ONCE)) {
    if (to.adopt([entry], now).length === 0) return;
    from.remove(entry.key);
  }
  for (const entry of from.begun(MAX_MOVED_AT_ONCE)) {
    if (!to.put(entry, false, now)) return;
    from.remove(entry.key);
  }
}

/** Merges queues of the same organizations, each due when the first of its entries is. */
function mergeQueues(queues: readonly Queue[]): Queue[] {
  const merged = new Map<string, number>();
  for (const { organizationId, dueAt } of queues) {
    merged.set(organizationId, Math.min(dueAt, merged.get(organizationId) ?? Infinity));
  }
  return [...merged].map(([organizationId, dueAt]) => ({ organizationId, dueAt }));
}

/** Reads and writes of an outbox that may fail: they report it and do not throw. */
interface Attempts {
  readonly isFailing: () => boolean;
  /** Writes, if that may be tried; undefined when it could not be written. */
  readonly write: <Result>(work: () => Result) => { readonly result: Result } | undefined;
  readonly read: <Result>(work: () => Result, otherwise: Result) => Result;
  /** Counts an entry that goes by way of memory, for the report that writing works again. */
  readonly countDetour: () => void;
}

/** Makes attempts that catch up before each write, and pause after one that failed. */
function createAttempts(now: () => number, catchUp: () => void, report: ReportFallback): Attempts {
  let isFailing = false;
  let writeAgainAt = -Infinity;
  let detours = 0;

  /** Whether it may be tried: always, or now and then while it fails, and at once when the clock went back. */
  const mayWrite = (): boolean =>
    !isFailing || now() >= writeAgainAt || now() < writeAgainAt - WRITE_RETRY_MS;

  const fail = (error: unknown): void => {
    writeAgainAt = now() + WRITE_RETRY_MS;
    if (isFailing) return;
    isFailing = true;
    report({ kind: "failed", error });
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
          report({ kind: "works", entries: detours });
          detours = 0;
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
    countDetour: () => void (detours += 1),
  };
}
