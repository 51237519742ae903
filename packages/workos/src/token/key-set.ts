import { jwksUrl } from "../authkit/issuer.js";
import { fetchDocument } from "../authkit/fetch-document.js";
import type { Trail } from "../trail/event.js";
import type { Schedule } from "../standards/schedule.js";
import { readKeySet, type VerificationKey, type VerificationKeys } from "./json-web-key-set.js";

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
/** Pause after a failed fetch, so that an outage is not made worse. */
const FAILURE_COOLDOWN = 1_000;
/** So long after a failed fetch the issuer counts as down, and only the caller whose request retries waits for it. */
const DOWN_FOR = 10_000;

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
    fetch,
    now,
    schedule,
    trail,
  }: {
    readonly fetch: typeof globalThis.fetch;
    readonly now: () => number;
    readonly schedule: Schedule;
    readonly trail: Trail;
  },
): KeySet {
  let keys: VerificationKeys = new Map();
  let fetchedAt = -Infinity;
  let failedAt = -Infinity;
  let unknownAskedAt = -Infinity;
  /** Whether it was reported that something is wrong with the issuer. */
  let isTroubled = false;
  /** Fetches begun so far, and the last of them that brought keys. */
  let begun = 0;
  let answered = 0;
  let pending: Promise<void> | undefined;
  /** The next fetch for unknown keys, once lookups wait for it, and how many do. */
  let due: Promise<void> | undefined;
  let waiting = 0;

  const age = (): number => now() - fetchedAt;
  const isUsable = (): boolean => age() < USABLE_FOR;
  const isDown = (): boolean => now() - failedAt < DOWN_FOR;

  const note = (problem: string | undefined): void => {
    if (isTroubled === (problem !== undefined)) return;
    isTroubled = !isTroubled;
    trail({
      kind: "issuer",
      issuer,
      document: "key set",
      state: problem === undefined ? "recovered" : "unreachable",
      detail: problem ?? `${keys.size} usable keys`,
    });
  };

  const load = async (): Promise<void> => {
    begun += 1;
    const mine = begun;
    const startedAt = now();
    const fetched = await fetchDocument(jwksUrl(issuer), fetch);
    const read = fetched.ok ? await readKeySet(fetched.document, keys) : undefined;
    if (read === undefined) {
      failedAt = now();
      note(fetched.ok ? "answered without a key" : fetched.problem);
      return;
    }
    keys = read;
    // The answer may be as old as the question.
    fetchedAt = startedAt;
    answered = mine;
    failedAt = -Infinity;
    note(keys.size > 0 ? undefined : "has withdrawn every key for RS256, so no token is accepted");
  };

  /** Joins the fetch under way, or begins one; resolves when it is over, whatever came of it. */
  const refresh = (): Promise<void> => {
    pending ??= load().finally(() => {
      pending = undefined;
    });
    return pending;
  };

  /**
   * Sees to it that the keys are as fresh as they can be, and waits where that must be known.
   *
   * @returns the fetch that was begun here and not waited for, if there is one.
   */
  const freshen = async (): Promise<{ readonly begun?: Promise<void> }> => {
    if (age() < REFRESH_AFTER || now() - failedAt < FAILURE_COOLDOWN) return {};
    const isFirst = pending === undefined;
    const wasDown = isDown();
    const refreshed = refresh();
    const mustKnow = wasDown ? isFirst && !isUsable() : age() >= MUST_REFRESH_AFTER;
    if (mustKnow) await refreshed;
    return mustKnow || !isFirst ? {} : { begun: refreshed };
  };

  /** Begins the next fetch for unknown keys as soon as it is due; every lookup that waits shares it. */
  const refreshWhenDue = (): Promise<void> | undefined => {
    const delay = unknownAskedAt + UNKNOWN_KEY_INTERVAL_MS - now();
    if (delay <= 0) {
      unknownAskedAt = now();
      return refresh();
    }
    // The issuer may not answer then either, so only the lookup that finds it due waits for it.
    if (isDown() || waiting >= MAX_WAITING_LOOKUPS) return undefined;
    waiting += 1;
    due ??= new Promise((resolve) => {
      schedule(() => {
        due = undefined;
        waiting = 0;
        unknownAskedAt = now();
        // What is under way may be older than a key; another failure would come no sooner.
        resolve(
          pending === undefined
            ? refresh()
            : pending.then(() => (isDown() ? undefined : refresh())),
        );
      }, delay);
    });
    return due;
  };

  /** The fetch that can decide about an unknown key, if waiting for it is reasonable. */
  const nextFetch = (): Promise<void> | undefined => {
    if (!isDown()) return pending ?? refreshWhenDue();
    const mayAsk = pending === undefined && now() - failedAt >= FAILURE_COOLDOWN;
    return mayAsk ? refreshWhenDue() : undefined;
  };

  /** Looks for a key that the set lacks; `before` is how many fetches had begun when its token came. */
  const search = async (kid: string, before: number): Promise<KeyLookup> => {
    for (;;) {
      const key = keys.get(kid);
      if (key !== undefined) return { kind: "found", key };
      if (answered > before) return { kind: "unknown" };
      const next = nextFetch();
      if (next === undefined) return { kind: "unavailable" };
      await next;
    }
  };

  const ask = async (kid: string): Promise<KeyLookup> => {
    const before = begun;
    const { begun: mine } = await freshen();
    const key = isUsable() ? keys.get(kid) : undefined;
    if (key !== undefined) return { kind: "found", key };
    if (!isUsable()) return { kind: "unavailable" };
    // The lookup that asks an issuer that was down is the one that waits for it.
    await mine;
    return search(kid, before);
  };

  return {
    find(kid) {
      const known = age() < REFRESH_AFTER ? keys.get(kid) : undefined;
      return known === undefined ? ask(kid) : { kind: "found", key: known };
    },
    async age() {
      await freshen();
      return isUsable() && keys.size > 0 ? age() : undefined;
    },
  };
}
