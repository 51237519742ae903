import type { OutboxEntry, Outbox } from "./outbox.js";
import { toShare, type Share } from "./shares.js";

/** What an outbox lost since the start, and what is reported of it. */
export interface Losses {
  /** Notes that an entry of a share gave way in a full outbox; one that may be put again is not lost yet. */
  readonly drop: (size: number, share: Share, isLost: boolean) => void;
  /** Looks whether there is room again, when entries have left. */
  readonly lookForRoom: (size: number) => void;
  /** Notes that a failed entry had to make room for another. */
  readonly loseDead: () => void;
  /** Notes an entry that could not be put at all; how many those were. */
  readonly lose: () => number;
  /** Entries lost since the start, for whatever reason. */
  readonly lost: () => number;
}

/** An outbox that makes room, and that knows what was lost. */
export interface EntryStore extends Pick<Losses, "loseDead" | "lose" | "lost"> {
  /**
   * Stores a new entry, and makes room for it as the operator wants; false when it was not stored.
   *
   * One that is not ready and was not stored may be put again when it is; only then does it count as lost.
   */
  readonly put: (entry: OutboxEntry, isReady: boolean) => boolean;
  /** Looks whether there is room again, when entries have left. */
  readonly lookForRoom: () => void;
}

/** The outbox counts as having room again when this part of what it held is in it. */
const ROOM = 0.9;
/** Callers that are named in reports about one time of being full. */
const MAX_NAMED_CALLERS = 10;

/**
 * Counts losses. It reports when a caller's entries begin to be dropped, and again when there is room, with the number of
 * each; dropped failed entries at the first, the tenth, the hundredth and so on.
 *
 * @param which names in reports which entries give way.
 */
export function createLosses(which: "oldest" | "newest", report: (detail: string) => void): Losses {
  /** How much was there when it was full; undefined while it is not. */
  let most: number | undefined;
  /** Entries dropped since then, by caller. */
  const dropped = new Map<string, number>();
  let droppedOfOthers = 0;
  let droppedDead = 0;
  let unwritten = 0;
  let lost = 0;
  return {
    lookForRoom(size) {
      if (most === undefined || size > most * ROOM) return;
      const named = [...dropped].map(([caller, count]) => `${count} of ${caller}`);
      if (droppedOfOthers > 0) named.push(`${droppedOfOthers} of others`);
      const sum = [...dropped.values()].reduce((one, other) => one + other, droppedOfOthers);
      report(
        `the outbox has room again; ${sum} audit log events were dropped: ${named.join(", ")}`,
      );
      most = undefined;
      dropped.clear();
      droppedOfOthers = 0;
    },
    drop(size, { caller, isDenied }, isLost) {
      most ??= size;
      const before = dropped.get(caller);
      if (before === undefined && dropped.size < MAX_NAMED_CALLERS) {
        const what = isDenied ? " denied" : "";
        report(
          `the outbox holds ${size} audit log events and is full: the ${which}${what} of ${caller} are dropped`,
        );
        dropped.set(caller, 0);
      }
      if (!isLost) return;
      lost += 1;
      if (dropped.has(caller)) dropped.set(caller, (before ?? 0) + 1);
      else droppedOfOthers += 1;
    },
    loseDead() {
      lost += 1;
      droppedDead += 1;
      if (/^10*$/.test(String(droppedDead))) {
        report(`there are too many failed entries: ${droppedDead} were dropped, the oldest`);
      }
    },
    lose() {
      lost += 1;
      unwritten += 1;
      return unwritten;
    },
    lost: () => lost,
  };
}

/**
 * Makes the store. When the outbox is full, denied uses give way before admitted ones, and those of the caller that has
 * most: nothing that one caller does pushes out another's entries before its own, and no denied call an admitted one.
 */
export function createEntryStore({
  outbox,
  whenFull,
  now,
  report,
}: {
  readonly outbox: Pick<Outbox, "put" | "size" | "chooseShare" | "drop">;
  readonly whenFull: "drop-oldest" | "drop-newest";
  readonly now: () => number;
  readonly report: (detail: string) => void;
}): EntryStore {
  const which = whenFull === "drop-oldest" ? "oldest" : "newest";
  const losses = createLosses(which, report);
  const lookForRoom = (): void => {
    losses.lookForRoom(outbox.size());
  };
  return {
    ...losses,
    lookForRoom,
    put(entry, isReady) {
      lookForRoom();
      if (outbox.put(entry, isReady, now())) return true;
      const size = outbox.size();
      const own = toShare(entry.event);
      const share = outbox.chooseShare(own);
      const isOwn = share.caller === own.caller && share.isDenied === own.isDenied;
      const hasDropped = !(isOwn && which === "newest") && outbox.drop(share, which);
      // Also when nothing gave way: one that cannot be written has found out now, and has another one beside it.
      const isKept = !(isOwn && which === "newest") && outbox.put(entry, isReady, now());
      if (isKept && !hasDropped) return true;
      // This one is lost unless it comes again, when the call has ended.
      if (hasDropped) losses.drop(size, share, true);
      if (!isKept) losses.drop(size, own, isReady);
      return isKept;
    },
  };
}
