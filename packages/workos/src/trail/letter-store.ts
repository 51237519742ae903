import type { Letter, Outbox } from "./outbox.js";

/** An outbox that makes room, and that knows what was lost. */
export interface LetterStore {
  /**
   * Stores a new letter, and makes room for it as the operator wants; false when it was not stored.
   *
   * One that is not ready and was not stored may be put again when it is; only then does it count as lost.
   */
  readonly put: (letter: Letter, isReady: boolean) => boolean;
  /** Notes that a dead letter had to make room for another. */
  readonly loseDead: () => void;
  /** Notes a letter that could not be put at all; how many those were. */
  readonly lose: () => number;
  /** Letters lost since the start, for whatever reason. */
  readonly lost: () => number;
}

/** The outbox counts as having room again when this part of what it held is in it. */
const ROOM = 0.9;

/**
 * Makes the store. It reports when letters begin to be dropped, and again when there is room, with the number; dropped
 * dead letters at the first, the tenth, the hundredth and so on.
 */
export function createLetterStore({
  outbox,
  whenFull,
  now,
  report,
}: {
  readonly outbox: Outbox;
  readonly whenFull: "drop-oldest" | "drop-newest";
  readonly now: () => number;
  readonly report: (detail: string) => void;
}): LetterStore {
  /** How much was there when it was full; undefined while it is not. */
  let most: number | undefined;
  let dropped = 0;
  let droppedDead = 0;
  let unwritten = 0;
  let lost = 0;

  const lookForRoom = (): void => {
    if (most === undefined || outbox.size() > most * ROOM) return;
    report(`the outbox has room again; ${dropped} audit log events were dropped`);
    most = undefined;
    dropped = 0;
  };

  return {
    put(letter, isReady) {
      lookForRoom();
      if (outbox.put(letter, isReady, now())) return true;
      const size = outbox.size();
      const hasDropped = whenFull === "drop-oldest" && outbox.dropOldest();
      // Also when nothing gave way: one that cannot be written has found out now, and has another one beside it.
      const isKept = whenFull === "drop-oldest" && outbox.put(letter, isReady, now());
      if (isKept && !hasDropped) return true;
      if (most === undefined) {
        most = size;
        const which = hasDropped ? "oldest" : "newest";
        report(`the outbox holds ${size} audit log events and is full: the ${which} are dropped`);
      }
      // The one that gave way is lost, or this one, unless it comes again.
      if (hasDropped || isReady) {
        dropped += 1;
        lost += 1;
      }
      return isKept;
    },
    loseDead() {
      lost += 1;
      droppedDead += 1;
      if (/^10*$/.test(String(droppedDead))) {
        report(`there are too many dead letters: ${droppedDead} were dropped, the oldest`);
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
