import { createEntryStore } from "./capacity.js";
import { withFallback } from "./fallback-outbox.js";
import { createMemoryOutbox, MEMORY_CAPACITY } from "./memory-outbox.js";
import type { OpenOptions, OpenOutbox } from "./open-outbox.js";
import { openSqliteOutbox } from "./sqlite-outbox.js";

const FILE_CAPACITY = 1_000_000;

/**
 * Opens the outbox of one process: in a file, or in memory without a path.
 *
 * @throws WorkOSAuthError `outbox_unavailable` when the file cannot be used.
 */
export function openLocalOutbox(
  path: string | undefined,
  { capacity, whenFull, now, reports }: Omit<OpenOptions, "schedule" | "onArrival">,
): OpenOutbox {
  const file =
    path === undefined
      ? undefined
      : openSqliteOutbox(path, capacity ?? FILE_CAPACITY, {
          onReplaced: reports.replaced,
          onUnreadable: reports.unreadable,
        });
  const outbox = withFallback(
    file ?? createMemoryOutbox(capacity ?? MEMORY_CAPACITY),
    MEMORY_CAPACITY,
    now,
    reports.fallback,
  );
  const store = createEntryStore({ outbox, whenFull, now, report: reports.full });
  return {
    queue: {
      ...outbox,
      remove(key) {
        outbox.remove(key);
        store.lookForRoom();
      },
      bury(...given) {
        const hasDropped = outbox.bury(...given);
        store.lookForRoom();
        return hasDropped;
      },
    },
    put: store.put,
    finish: (entry) => outbox.finish(entry, now()),
    lose: store.lose,
    loseFailed: store.loseDead,
    isDurable: file !== undefined,
    finishAll() {
      // In memory it is lost how the calls ended that are still running; in a file they can still say it.
      if (file === undefined) outbox.finishAll();
    },
    countInMemory: () => (file === undefined ? outbox.count().waiting : outbox.spare()),
    count: () => ({ ...outbox.count(), lost: store.lost() }),
    failedEntries: outbox.failedEntries,
    revive: (keys) => outbox.revive(keys, now()),
    leave: () => file?.leave(),
  };
}
