import { fetchDocument } from "../authkit/fetch-document.js";
import { jwksUrl } from "../authkit/issuer.js";
import type { Trail } from "../trail/event.js";
import { readKeySet, type VerificationKey, type VerificationKeys } from "./json-web-key-set.js";

/** The signing keys of one issuer as they were last fetched. Times in milliseconds. */
export interface FetchedKeys {
  readonly get: (kid: string) => VerificationKey | undefined;
  readonly size: () => number;
  /** Time since the last fetch that brought keys began; Infinity before. */
  readonly age: () => number;
  /** Whether the last fetch failed not long ago. */
  readonly isDown: () => boolean;
  /** Whether the last fetch failed just now, so that a further one would make an outage worse. */
  readonly isCoolingDown: () => boolean;
  /** The fetch under way. */
  readonly pending: () => Promise<void> | undefined;
  /** Fetches begun so far. */
  readonly begun: () => number;
  /** Which of these was the last one that brought keys. */
  readonly answered: () => number;
  /** Joins the fetch under way, or begins one; resolves when it is over, whatever came of it. */
  readonly refresh: () => Promise<void>;
}

/** Pause after a failed fetch, so that an outage is not made worse. */
const FAILURE_COOLDOWN = 1_000;
/** So long after a failed fetch the issuer counts as down, and only the caller whose request retries waits for it. */
const DOWN_FOR = 10_000;

/**
 * Fetches the keys of an issuer, one fetch at a time, and reports when they cannot be had and when they can again.
 * A failed fetch leaves the keys as they were. Does NOT decide when to fetch, or how long keys may be used.
 */
export function createFetchedKeys(
  issuer: string,
  {
    fetch,
    now,
    trail,
  }: {
    readonly fetch: typeof globalThis.fetch;
    readonly now: () => number;
    readonly trail: Trail;
  },
): FetchedKeys {
  let keys: VerificationKeys = new Map();
  let fetchedAt = -Infinity;
  let failedAt = -Infinity;
  /** Whether it was reported that something is wrong with the issuer. */
  let isTroubled = false;
  let begun = 0;
  let answered = 0;
  let pending: Promise<void> | undefined;

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

  return {
    get: (kid) => keys.get(kid),
    size: () => keys.size,
    age: () => now() - fetchedAt,
    isDown: () => now() - failedAt < DOWN_FOR,
    isCoolingDown: () => now() - failedAt < FAILURE_COOLDOWN,
    pending: () => pending,
    begun: () => begun,
    answered: () => answered,
    refresh() {
      pending ??= load().finally(() => {
        pending = undefined;
      });
      return pending;
    },
  };
}
