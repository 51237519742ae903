import { MAX_BACKOFF_MS, type OutboxEntry, type Queue } from "./outbox.js";
import { createShares, toShare, type Share, type Shares } from "./shares.js";

/** An entry in memory, and how it fares. */
export interface StoredEntry {
  entry: OutboxEntry;
  readonly addedAt: number;
  dueAt: number;
  attempts: number;
  firstTriedAt: number | undefined;
  /** Whose share it counts for, once it is ready. */
  share: Share | undefined;
}

/** Ready entries of an organization: those that were never sent in their order, and those that were. */
interface Lane {
  readonly fresh: Map<string, StoredEntry>;
  readonly tried: Map<string, StoredEntry>;
}

/** Ready entries, by organization for those that send them and by share for those that make room. */
export interface ReadyEntries {
  readonly add: (stored: StoredEntry) => void;
  readonly remove: (stored: StoredEntry) => void;
  /** Notes that an entry was sent, so that it is looked for among those that were. */
  readonly markTried: (stored: StoredEntry) => void;
  readonly queues: () => readonly Queue[];
  /** Those of an organization whose time has come, those first that have been ready for longest. */
  readonly due: (organizationId: string, now: number, most: number) => readonly StoredEntry[];
  readonly chooseShare: Shares["choose"];
  /** Key of the entry of a share that became ready first or last. */
  readonly find: (share: Share, which: "oldest" | "newest") => string | undefined;
}

/** Creates the indexes, which hold nothing of organizations and callers without a ready entry. */
export function createReadyEntries(): ReadyEntries {
  const lanes = new Map<string, Lane>();
  /** In the order they became ready. */
  const byShare = new Map<string, Map<string, StoredEntry>>();
  const shares = createShares();
  return {
    add(stored) {
      const { entry, attempts } = stored;
      const share = toShare(entry.event);
      stored.share = share;
      shares.add(share);
      const id = shareKey(share);
      byShare.set(id, (byShare.get(id) ?? new Map<string, StoredEntry>()).set(entry.key, stored));
      const lane = lanes.get(entry.organizationId) ?? { fresh: new Map(), tried: new Map() };
      lanes.set(entry.organizationId, lane);
      (attempts === 0 ? lane.fresh : lane.tried).set(entry.key, stored);
    },
    remove({ entry: { key, organizationId }, share }) {
      if (share === undefined) return;
      shares.remove(share);
      const own = byShare.get(shareKey(share));
      own?.delete(key);
      if (own?.size === 0) byShare.delete(shareKey(share));
      const lane = lanes.get(organizationId);
      lane?.fresh.delete(key);
      lane?.tried.delete(key);
      if (lane !== undefined && lane.fresh.size + lane.tried.size === 0) {
        lanes.delete(organizationId);
      }
    },
    markTried(stored) {
      const { key, organizationId } = stored.entry;
      const lane = lanes.get(organizationId);
      if (lane?.fresh.delete(key) === true) lane.tried.set(key, stored);
    },
    queues: () =>
      [...lanes].map(([organizationId, { fresh, tried }]) => {
        const [first] = fresh.values();
        let dueAt = first?.dueAt ?? Infinity;
        for (const stored of tried.values()) dueAt = Math.min(dueAt, stored.dueAt);
        return { organizationId, dueAt };
      }),
    due(organizationId, now, most) {
      const lane = lanes.get(organizationId);
      if (lane === undefined) return [];
      const found = [...lane.tried.values()].filter((stored) => isDue(stored, now));
      let fresh = 0;
      for (const stored of lane.fresh.values()) {
        if (fresh >= most) break;
        fresh += 1;
        if (isDue(stored, now)) found.push(stored);
      }
      return found.toSorted((one, other) => one.dueAt - other.dueAt).slice(0, most);
    },
    chooseShare: shares.choose,
    find(share, which) {
      const keys = byShare.get(shareKey(share))?.keys();
      return which === "oldest" ? keys?.next().value : [...(keys ?? [])].at(-1);
    },
  };
}

function shareKey({ isDenied, caller }: Share): string {
  return `${isDenied ? "denied" : "admitted"} ${caller}`;
}

function isDue({ dueAt }: StoredEntry, now: number): boolean {
  return dueAt <= now || dueAt > now + MAX_BACKOFF_MS;
}
