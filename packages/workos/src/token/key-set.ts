import { jwksUrl } from "../authkit/issuer.js";
import { fetchDocument } from "../authkit/fetch-document.js";
import type { Trail } from "../trail/event.js";
import { readKeySet, type VerificationKey, type VerificationKeys } from "./json-web-key-set.js";

/** What a key set knows of a `kid`. */
export type KeyLookup =
  | { readonly kind: "found"; readonly key: VerificationKey }
  /** The issuer answered, and this key is not among its keys. */
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
/** After this age the request that notices waits for the answer: a withdrawn key dies within a minute. */
const MUST_REFRESH_AFTER = 50_000;
/** Without a word from the issuer, keys serve this long. */
const USABLE_FOR = 24 * 60 * 60_000;
/** An unknown `kid` may cause one fetch in this time, however many tokens carry one. */
const UNKNOWN_KEY_COOLDOWN = 30_000;
/** Pause after a failed fetch, so that an outage is not made worse. */
const FAILURE_COOLDOWN = 1_000;

/**
 * Keeps the keys of an issuer: fetched when first needed, one fetch at a time,
 * refreshed ahead of their age, and served through an outage of the issuer.
 *
 * A `kid` that the set lacks causes one immediate refetch, so a rotation has no
 * gap; further unknown ones inside the cooldown are refused from what is known.
 * Does NOT fetch anything until a token asks for it, and never rejects.
 *
 * @param now milliseconds since the epoch.
 */
export function createKeySet(
  issuer: string,
  { fetch, now, trail }: { fetch: typeof globalThis.fetch; now: () => number; trail: Trail },
): KeySet {
  let keys: VerificationKeys = new Map();
  let fetchedAt = -Infinity;
  let failedAt = -Infinity;
  let unknownAskedAt = -Infinity;
  let isDown = false;
  let answers = 0;
  let pending: Promise<void> | undefined;

  const isUsable = (): boolean => now() - fetchedAt < USABLE_FOR;

  /** Joins the fetch under way, or starts one; resolves when it is over, whatever came of it. */
  const refresh = (): Promise<void> => {
    pending ??= load().finally(() => {
      pending = undefined;
    });
    return pending;
  };

  const load = async (): Promise<void> => {
    const fetched = await fetchDocument(jwksUrl(issuer), fetch);
    const read = fetched.ok ? await readKeySet(fetched.document, keys) : undefined;
    if (read === undefined) {
      failedAt = now();
      if (!isDown)
        report("unreachable", fetched.ok ? "answered without a usable key" : fetched.problem);
      isDown = true;
      return;
    }
    keys = read;
    fetchedAt = now();
    answers += 1;
    failedAt = -Infinity;
    if (isDown) report("recovered", `${keys.size} usable keys`);
    isDown = false;
  };

  const report = (state: "unreachable" | "recovered", detail: string): void => {
    trail({ kind: "issuer", issuer, document: "key set", state, detail });
  };

  /** Sees to it that the keys are as fresh as they can be without holding up more than one caller. */
  const freshen = async (): Promise<void> => {
    if (now() - failedAt < FAILURE_COOLDOWN) return;
    const age = now() - fetchedAt;
    if (age < REFRESH_AFTER) return;
    if (!isUsable()) return refresh();
    const isFirst = pending === undefined;
    const refreshed = refresh();
    // While the issuer is known to be down nobody waits for it.
    if (isFirst && !isDown && age >= MUST_REFRESH_AFTER) await refreshed;
  };

  const ask = async (kid: string): Promise<KeyLookup> => {
    const answersBefore = answers;
    await freshen();
    if (!isUsable()) return { kind: "unavailable" };
    const known = keys.get(kid);
    if (known !== undefined) return { kind: "found", key: known };
    if (pending !== undefined) await pending;
    else if (now() - unknownAskedAt >= UNKNOWN_KEY_COOLDOWN) {
      unknownAskedAt = now();
      // Keys that came while this very token waited need no second question.
      if (answers === answersBefore) await refresh();
    }
    const learned = keys.get(kid);
    if (learned !== undefined) return { kind: "found", key: learned };
    return { kind: isDown ? "unavailable" : "unknown" };
  };

  return {
    find(kid) {
      const known = now() - fetchedAt < REFRESH_AFTER ? keys.get(kid) : undefined;
      return known === undefined ? ask(kid) : { kind: "found", key: known };
    },
    async age() {
      await freshen();
      return isUsable() ? now() - fetchedAt : undefined;
    },
  };
}
