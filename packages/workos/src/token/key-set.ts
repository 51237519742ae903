import type { Schedule } from "../standards/schedule.js";
import { createFetchedKeys, type FetchedKeys } from "./fetched-keys.js";
import type { VerificationKey } from "./json-web-key-set.js";

/** What a key set knows of a `kid`. */
export type KeyLookup =
  | { readonly kind: "found"; readonly key: VerificationKey }
  /** A fetch that began after the lookup was answered, and this key is not among the issuer's keys. */
  | { readonly kind: "unknown" }
  /** Whether the key exists cannot be told now. */
  | { readonly kind: "unavailable" };

/** The signing keys of one issuer, kept current. */
export interface KeySet {
  /** At once when the keys are young and have this one, which is nearly always. */
  readonly find: (kid: string) => KeyLookup | Promise<KeyLookup>;
  /** Fetches the keys if there are none; resolves to their age in milliseconds, or undefined when there are still none. */
  readonly age: () => Promise<number | undefined>;
}

/** After this age keys are asked for again while the old ones serve. */
const REFRESH_AFTER = 30_000;
/** Past this age callers await the refresh: a withdrawn key dies within a minute. */
const MUST_REFRESH_AFTER = 50_000;
/** Without a word from the issuer, keys serve this long. */
const USABLE_FOR = 24 * 60 * 60_000;
/** Unknown `kid`s cause one fetch in this time, however many tokens carry one. */
const UNKNOWN_KEY_INTERVAL_MS = 1_000;
/** Lookups that wait for the next such fetch at most; a further one is unavailable at once. */
const MAX_WAITING_LOOKUPS = 1_000;

/**
 * Keeps the keys of an issuer: fetched when first needed, one fetch at a time,
 * refreshed ahead of their age, and served through an outage of the issuer.
 *
 * A `kid` that the set lacks causes one immediate refetch, so a rotation has no
 * gap; lookups of further unknown ones within a second share the next fetch and wait for it.
 * Only a fetch that began after a lookup makes its key unknown, so that invented `kid`s
 * never get a good token refused. While the issuer is down at most one caller waits for it, and no caller does who can be
 * served. Does NOT fetch anything until a token asks for it, and never rejects.
 *
 * @param now milliseconds of a clock that never goes back.
 */
export function createKeySet(
  issuer: string,
  {
    schedule,
    ...options
  }: { readonly schedule: Schedule } & Parameters<typeof createFetchedKeys>[1],
): KeySet {
  const { now } = options;
  const keys = createFetchedKeys(issuer, options);
  const nextFetch = paceFetches(keys, now, schedule);
  const isUsable = (): boolean => keys.age() < USABLE_FOR;

  /**
   * Sees to it that the keys are as fresh as they can be, and waits where that must be known.
   *
   * @returns the fetch that was begun here and not waited for, if there is one.
   */
  const freshen = async (): Promise<{ readonly begun?: Promise<void> }> => {
    if (keys.age() < REFRESH_AFTER || keys.isCoolingDown()) return {};
    const isFirst = keys.pending() === undefined;
    const wasDown = keys.isDown();
    const refreshed = keys.refresh();
    const mustKnow = wasDown ? isFirst && !isUsable() : keys.age() >= MUST_REFRESH_AFTER;
    if (mustKnow) await refreshed;
    return mustKnow || !isFirst ? {} : { begun: refreshed };
  };

  /** Looks for a key that the set lacks; `before` is how many fetches had begun when its token came. */
  const search = async (kid: string, before: number): Promise<KeyLookup> => {
    for (;;) {
      const key = keys.get(kid);
      if (key !== undefined) return { kind: "found", key };
      if (keys.answered() > before) return { kind: "unknown" };
      const next = nextFetch();
      if (next === undefined) return { kind: "unavailable" };
      await next;
    }
  };

  const ask = async (kid: string): Promise<KeyLookup> => {
    const before = keys.begun();
    const { begun } = await freshen();
    const key = isUsable() ? keys.get(kid) : undefined;
    if (key !== undefined) return { kind: "found", key };
    if (!isUsable()) return { kind: "unavailable" };
    // The lookup that asks an issuer that was down is the one that waits for it.
    await begun;
    return search(kid, before);
  };

  return {
    find(kid) {
      const known = keys.age() < REFRESH_AFTER ? keys.get(kid) : undefined;
      return known === undefined ? ask(kid) : { kind: "found", key: known };
    },
    async age() {
      await freshen();
      return isUsable() && keys.size() > 0 ? keys.age() : undefined;
    },
  };
}

/**
 * Makes what returns the fetch that can decide about an unknown key, or undefined when waiting for it is not
 * reasonable: one in {@link UNKNOWN_KEY_INTERVAL_MS}, which every lookup that waits shares.
 */
function paceFetches(
  keys: FetchedKeys,
  now: () => number,
  schedule: Schedule,
): () => Promise<void> | undefined {
  let askedAt = -Infinity;
  /** The next fetch, once lookups wait for it, and how many do. */
  let due: Promise<void> | undefined;
  let waiting = 0;

  const refreshWhenDue = (): Promise<void> | undefined => {
    const delay = askedAt + UNKNOWN_KEY_INTERVAL_MS - now();
    if (delay <= 0) {
      askedAt = now();
      return keys.refresh();
    }
    // The issuer may not answer then either, so only the lookup that finds it due waits for it.
    if (keys.isDown() || waiting >= MAX_WAITING_LOOKUPS) return undefined;
    waiting += 1;
    due ??= new Promise((resolve) => {
      schedule(() => {
        due = undefined;
        waiting = 0;
        askedAt = now();
        // What is under way may be older than a key; another failure would come no sooner.
        const pending = keys.pending();
        resolve(
          pending === undefined
            ? keys.refresh()
            : pending.then(() => (keys.isDown() ? undefined : keys.refresh())),
        );
      }, delay);
    });
    return due;
  };

  return () => {
    if (!keys.isDown()) return keys.pending() ?? refreshWhenDue();
    const mayAsk = keys.pending() === undefined && !keys.isCoolingDown();
    return mayAsk ? refreshWhenDue() : undefined;
  };
}
