import { LONGEST_WAIT, type OutboxEntry, type Queue } from "./outbox.js";
import { createShares, toShare, type Share, type Shares } from "./shares.js";

/** A letter in memory, and how it fares. */
export interface MemoryEntry {
  letter: OutboxEntry;
  readonly addedAt: number;
  dueAt: number;
  attempts: number;
  firstTriedAt: number | undefined;
  /** Whose share it counts for, once it is ready. */
  share: Share | undefined;
}

/** Ready letters of an organization: those that were never sent in their order, and those that were. */
interface Lane {
  readonly fresh: Map<string, MemoryEntry>;
  readonly tried: Map<string, MemoryEntry>;
}

/** Ready letters, by organization for those that send them and by share for those that make room. */
export interface ReadyEntries {
  readonly add: (entry: MemoryEntry) => void;
  readonly remove: (entry: MemoryEntry) => void;
  /** Notes that a letter was sent, so that it is looked for among those that were. */
  readonly markTried: (entry: MemoryEntry) => void;
  readonly queues: () => readonly Queue[];
  /** Those of an organization whose time has come, those first that have been ready for longest. */
  readonly due: (organizationId: string, now: number, most: number) => readonly MemoryEntry[];
  readonly chooseShare: Shares["choose"];
  /** Key of the letter of a share that became ready first or last. */
  readonly find: (share: Share, which: "oldest" | "newest") => string | undefined;
}

/** Creates the indexes, which hold nothing of organizations and callers without a ready letter. */
export function createReadyEntries(): ReadyEntries {
  const lanes = new Map<string, Lane>();
  /** In the order they became ready. */
  const byShare = new Map<string, Map<string, MemoryEntry>>();
  const shares = createShares();
  return {
    add(entry) {
      const { letter, attempts } = entry;
      const share = toShare(letter.event);
      entry.share = share;
      shares.add(share);
      const id = shareKey(share);
      byShare.set(id, (byShare.get(id) ?? new Map<string, MemoryEntry>()).set(letter.key, entry));
      const lane = lanes.get(letter.organizationId) ?? { fresh: new Map(), tried: new Map() };
      lanes.set(letter.organizationId, lane);
      (attempts === 0 ? lane.fresh : lane.tried).set(letter.key, entry);
    },
    remove({ letter: { key, organizationId }, share }) {
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
    markTried(entry) {
      const { key, organizationId } = entry.letter;
      const lane = lanes.get(organizationId);
      if (lane?.fresh.delete(key) === true) lane.tried.set(key, entry);
    },
    queues: () =>
      [...lanes].map(([organizationId, { fresh, tried }]) => {
        const [first] = fresh.values();
        let dueAt = first?.dueAt ?? Infinity;
        for (const entry of tried.values()) dueAt = Math.min(dueAt, entry.dueAt);
        return { organizationId, dueAt };
      }),
    due(organizationId, now, most) {
      const lane = lanes.get(organizationId);
      if (lane === undefined) return [];
      const found = [...lane.tried.values()].filter((entry) => isDue(entry, now));
      let fresh = 0;
      for (const entry of lane.fresh.values()) {
        if (fresh >= most) break;
        fresh += 1;
        if (isDue(entry, now)) found.push(entry);
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

function isDue({ dueAt }: MemoryEntry, now: number): boolean {
  return dueAt <= now || dueAt > now + LONGEST_WAIT;
}
