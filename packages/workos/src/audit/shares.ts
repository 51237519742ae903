import type { AuditLogEvent } from "../workos/audit-log-event.js";

/** Whose share of an outbox an entry counts for. Denied uses are apart, since a caller can make any number of them. */
export interface Share {
  readonly isDenied: boolean;
  /** Kind and WorkOS ID, such as `user user_01…`. */
  readonly caller: string;
}

/** Counts ready entries by share, so that a full outbox can choose whose entry gives way. */
export interface Shares {
  readonly add: (share: Share, entries?: number) => void;
  readonly remove: (share: Share) => void;
  readonly clear: () => void;
  /**
   * Chooses the share that gives way for an arriving entry: denied uses before admitted ones, then the caller that
   * holds most. That may be the arriving entry's own share, even when nothing of it waits.
   */
  readonly choose: (arriving: Share) => Share;
}

/** Returns the share that an event counts for. */
export function toShare({ action, actor }: AuditLogEvent): Share {
  return { isDenied: action.endsWith(".denied"), caller: `${actor.type} ${actor.id}` };
}

/** Creates counters that add, remove and choose in constant time, however many callers there are. */
export function createShares(): Shares {
  const denied = createRanking();
  const admitted = createRanking();
  const getRanking = ({ isDenied }: Share): Ranking => (isDenied ? denied : admitted);
  return {
    add: (share, entries = 1) => {
      getRanking(share).change(share.caller, entries);
    },
    remove: (share) => {
      getRanking(share).change(share.caller, -1);
    },
    clear() {
      denied.clear();
      admitted.clear();
    },
    choose(arriving) {
      const isDenied = arriving.isDenied || denied.most() > 0;
      const ranking = isDenied ? denied : admitted;
      const isOwn =
        arriving.isDenied === isDenied && ranking.count(arriving.caller) + 1 >= ranking.most();
      return isOwn ? arriving : { isDenied, caller: ranking.first() };
    },
  };
}

interface Ranking {
  /** Counts up by any number, and down by one. */
  readonly change: (caller: string, by: number) => void;
  readonly clear: () => void;
  readonly count: (caller: string) => number;
  /** The largest count, and one of the callers that have it. */
  readonly most: () => number;
  readonly first: () => string;
}

/** Ranks callers by count, in buckets of equal count. */
function createRanking(): Ranking {
  const counts = new Map<string, number>();
  const buckets = new Map<number, Set<string>>();
  let most = 0;
  return {
    change(caller, by) {
      const before = counts.get(caller) ?? 0;
      const after = Math.max(0, before + by);
      buckets.get(before)?.delete(caller);
      if (buckets.get(before)?.size === 0) buckets.delete(before);
      if (after === 0) counts.delete(caller);
      else {
        counts.set(caller, after);
        buckets.set(after, (buckets.get(after) ?? new Set()).add(caller));
      }
      if (after > most) most = after;
      else if (before === most && !buckets.has(most)) most = after;
    },
    clear() {
      counts.clear();
      buckets.clear();
      most = 0;
    },
    count: (caller) => counts.get(caller) ?? 0,
    most: () => most,
    first: () => buckets.get(most)?.values().next().value ?? "",
  };
}
