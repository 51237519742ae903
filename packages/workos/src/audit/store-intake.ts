import type { EntryWrites, SharedParts } from "./entry-writes.js";
import type { OpenOptions } from "./open-outbox.js";
import type { TakenEntry } from "./shared-store.js";

/** Entries of the store that an instance has taken to send, at most. */
const MAX_TAKEN = 1_000;
/** Instances signal that they go on this many times before they would be taken for dead. */
const SIGNALS = 4;
const UNREADABLE = "it is no audit log event, and cannot be sent";

/** Takes entries of a shared store to send. */
export interface StoreIntake {
  /** Takes entries, when few are at hand; one look at a time. */
  readonly fill: () => Promise<void>;
  /** Whether few are at hand, and the store may have more. */
  readonly isWanting: () => boolean;
  /** Signals now and then that this instance goes on, and takes over what others left. */
  readonly keep: () => Promise<void>;
  /** Takes no more. */
  readonly leave: () => void;
}

/**
 * Creates the intake of an outbox.
 *
 * @param pollMs how often `keep` is called, in milliseconds.
 */
export function createStoreIntake(
  { store, writes, local, unsent }: SharedParts,
  { bury }: EntryWrites,
  { now, onArrival, reports }: Pick<OpenOptions, "now" | "onArrival" | "reports">,
  pollMs: number,
): StoreIntake {
  const { ask, isFailing } = writes;
  /** Looks into the store until this instance signals again that it goes on. */
  let looksUntilKept = 0;
  let hasLeft = false;

  const adopt = (entries: readonly TakenEntry[]): void => {
    for (const { event, ...entry } of entries) {
      if (local.has(entry.key) || writes.isPending(entry.key)) continue;
      if (event === undefined) {
        const { key, organizationId } = entry;
        reports.unreadable(key);
        bury({ key, organizationId, event, problem: UNREADABLE, failedAt: now() });
      } else {
        writes.learn(entry.key);
        local.adopt([{ ...entry, event }], now());
      }
    }
    if (entries.length > 0) onArrival();
  };

  const free = (): number => MAX_TAKEN - (local.size() - unsent.size);
  let filling: Promise<void> | undefined;
  /** Whether there may be more to take than was taken. */
  let hasMore = false;
  const mayTake = (): boolean => hasMore && !hasLeft && !isFailing() && free() > MAX_TAKEN / 2;
  const takeWhileWanted = async (): Promise<void> => {
    while (mayTake()) {
      const most = free();
      hasMore = false;
      await ask(
        async () => store.take(most),
        (entries) => {
          hasMore ||= entries.length === most;
          adopt(entries);
        },
      );
    }
  };
  /** Takes entries of the store, when few are at hand; one look at a time. */
  const fill = async (): Promise<void> => {
    hasMore = true;
    filling ??= takeWhileWanted().finally(() => {
      filling = undefined;
    });
    await filling;
  };
  const keep = async (): Promise<void> => {
    looksUntilKept -= 1;
    if (looksUntilKept > 0) return;
    looksUntilKept = Math.floor(store.takeOverAfterMs / SIGNALS / pollMs);
    const isKept = await ask(
      async () => store.keep([...local.keys()]),
      () => undefined,
    );
    if (isKept && free() > 0) await ask(async () => store.takeOver(free()), adopt);
  };

  return {
    fill,
    keep,
    isWanting: () => hasMore && free() > MAX_TAKEN / 2,
    leave() {
      hasLeft = true;
    },
  };
}
