import { parseEvent, type FailedEntry, type OutboxEntry, type WaitingEntry } from "./outbox.js";
import { SCRIPTS, type ScriptName } from "./redis-scripts.js";
import type { SharedStore, Room, Stored, TakenEntry } from "./shared-store.js";
import { toShare, type Share } from "./shares.js";

/** A Redis client: an instance of ioredis has this form, its `Cluster` too. */
export interface RedisClient {
  /** Runs a Lua script. */
  readonly eval: (script: string, keys: number, ...given: (string | number)[]) => Promise<unknown>;
}

type SaveReply = readonly [outcome: string, size: number, gaveWay: string, dropped?: string];

/** Keys, or failed entries, in one command. */
const MAX_IN_COMMAND = 500;

/**
 * Makes the store of one instance in a Redis stream. Its other keys begin with the stream's name and lie in the same
 * hash slot, so that Redis Cluster keeps them together.
 */
export function createRedisStore(
  redis: RedisClient,
  { stream, takeOverAfterMs }: { readonly stream: string; readonly takeOverAfterMs: number },
): SharedStore {
  const me = globalThis.crypto.randomUUID();
  const prefix = hasHashTag(stream) ? stream : `{${stream}}`;
  const beside = ["held", "places", "admitted", "denied", "order", "failed"];
  const keys = [stream, ...beside.map((name) => `${prefix}:${name}`)];
  const run = async (name: ScriptName, ...given: readonly (string | number)[]) =>
    redis.eval(SCRIPTS[name], keys.length, ...keys, me, ...given);

  const save = async (kind: "r" | "h", entry: OutboxEntry, room: Room): Promise<Stored> => {
    const { attempts = 0, firstTriedAt = 0 } = entry as Partial<WaitingEntry>;
    const { capacity, which } = room;
    const share = writeShare(toShare(entry.event));
    const text = writeEntry(entry);
    const given = [kind, entry.key, text, share, attempts, firstTriedAt, capacity, which];
    const [outcome, size, gaveWay, dropped] = (await run("save", ...given)) as SaveReply;
    const isStored = outcome === "stored";
    return { isStored, size, ...(gaveWay === "" ? {} : { gaveWay: readShare(gaveWay), dropped }) };
  };
  const runInParts = async (
    name: "keep" | "release" | "revive",
    given: readonly string[],
  ): Promise<number> => {
    let sum = 0;
    for (let at = 0; at === 0 || at < given.length; at += MAX_IN_COMMAND) {
      sum += Number(await run(name, ...given.slice(at, at + MAX_IN_COMMAND)));
    }
    return sum;
  };
  const failedEntries = async (): Promise<readonly FailedEntry[]> => {
    const found: FailedEntry[] = [];
    let start: string | undefined = "-";
    while (start !== undefined) {
      const rows = inGroups(await run("listFailed", start, MAX_IN_COMMAND), 3);
      found.push(...rows.map(([, key = "", text = ""]) => readFailed(key, text)));
      const last: string | undefined = rows.at(-1)?.[0];
      start = last === undefined ? undefined : `(${last}`;
    }
    return found;
  };
  return {
    takeOverAfterMs,
    hold: (entry, room) => save("h", entry, room),
    enqueue: (entry, room) => save("r", entry, room),
    note: async ({ key, attempts, firstTriedAt = 0 }) =>
      (await run("note", key, attempts, firstTriedAt)) === 1,
    remove: async (key) => Number(await run("remove", key)),
    bury: async ({ key, organizationId, event, problem, failedAt }, capacity) => {
      const share = event === undefined ? "a unknown" : writeShare(toShare(event));
      const text = JSON.stringify({ organizationId, event, problem, failedAt });
      const [dropped, size] = (await run("bury", key, share, text, capacity)) as [number, number];
      return { dropped, size };
    },
    take: async (most) => inGroups(await run("take", most), 4).map(readTaken),
    takeOver: async (most) =>
      inGroups(await run("takeOver", most, takeOverAfterMs), 4).map(readTaken),
    keep: async (given) => void (await runInParts("keep", given)),
    release: async (given) => void (await runInParts("release", given)),
    failedEntries,
    revive: async (given) => {
      const wanted = given ?? (await failedEntries()).map(({ key }) => key);
      return wanted.length === 0 ? 0 : runInParts("revive", wanted);
    },
    async count() {
      const [waiting, failed, oldest] = (await run("count")) as [number, number, string];
      return { waiting, failed, oldest: oldest === "0" ? undefined : Number(oldest) };
    },
  };
}

function writeShare({ isDenied, caller }: Share): string {
  return `${isDenied ? "d" : "a"} ${caller}`;
}

function readShare(text: string): Share {
  return { isDenied: text.startsWith("d"), caller: text.slice(2) };
}

function writeEntry({ organizationId, event }: OutboxEntry): string {
  return JSON.stringify({ organizationId, event });
}

/** Reads what is stored of an entry; one that was not written by this package, or was damaged, has no event. */
function readStored(text: string): Partial<FailedEntry> {
  try {
    const { event, ...stored } = JSON.parse(text) as { readonly event?: unknown };
    return { ...stored, event: parseEvent(JSON.stringify(event)) };
  } catch {
    return {};
  }
}

function readTaken([key = "", text = "", attempts, first]: readonly string[]): TakenEntry {
  const { organizationId = "", event } = readStored(text);
  const firstTriedAt = first === "0" ? undefined : Number(first);
  return { key, organizationId, event, attempts: Number(attempts), firstTriedAt };
}

function readFailed(key: string, text: string): FailedEntry {
  const { organizationId = "", event, problem = "", failedAt = 0 } = readStored(text);
  return { key, organizationId, event, problem, failedAt };
}

/** Parts a reply, which is flat since nested ones differ between versions of the protocol. */
function inGroups(reply: unknown, size: number): string[][] {
  const values = reply as string[];
  return Array.from({ length: values.length / size }, (_, at) =>
    values.slice(at * size, (at + 1) * size),
  );
}

/** Whether a key names the part by which a cluster places it (Redis Cluster specification, hash tags). */
function hasHashTag(key: string): boolean {
  const begin = key.indexOf("{");
  return begin !== -1 && key.indexOf("}", begin) > begin + 1;
}
