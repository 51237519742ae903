import { LRUCache } from "lru-cache";
import { readFailure, isAboutQuestion, isLeftAlone } from "./failure.js";

/** What is known of a key: a value, or that it could not be asked. */
export type Known<Value> =
  | { readonly kind: "known"; readonly value: Value }
  | {
      readonly kind: "unavailable";
      /** Why, for the operator's log: "answered 500", "cannot be reached (ECONNREFUSED)". */
      readonly problem?: string;
    };

/** What the API answered, by key. */
export interface Answers<Value> {
  /** Answers at once what is remembered, and asks otherwise; never rejects. */
  readonly get: (key: string) => Known<Value> | Promise<Known<Value>>;
  /** Forgets one answer, and one that is on its way: it may be older than the change. */
  readonly forget: (key: string) => void;
  readonly forgetAll: () => void;
  /** Whether nothing is asked now, because the API asked to be left alone. */
  readonly isLeftAlone: () => boolean;
}

/** A key is as long as this on average at most: an ID of a client is a URL that its owner chose. */
const KEY_CHARACTERS = 200;

/** A question that failed is not asked again for this long, in milliseconds. */
const PAUSE = 2_000;
/** Nothing is asked for as long as the API asks to be left alone (Retry-After), but for this long at most. */
const LONGEST_PAUSE_MS = 60_000;

type Unavailable = Extract<Known<never>, { kind: "unavailable" }>;

const UNAVAILABLE: Unavailable = Object.freeze({ kind: "unavailable" });

/** Times in milliseconds. */
export interface AnswersOptions<Value> {
  readonly ask: (key: string) => Promise<Value>;
  /** What it means that the API knows no such thing (404, 422). */
  readonly absent: Value;
  /** Of a clock that never goes back. */
  readonly now: () => number;
  /** An answer is used this long without asking again. */
  readonly freshFor: number;
  /** Without an answer, the last one is used until it is this old. */
  readonly usableFor: number;
  /** Answers remembered at most. */
  readonly most: number;
  /** Is called when a caller goes without an answer, with the cause, and when there is one again. */
  readonly report?: (state: "unreachable" | "recovered", problem: string | undefined) => void;
}

/**
 * Remembers what the WorkOS API answered: one question for a key, however many
 * wait for it, and what is known, within a bound, while the API is silent.
 *
 * A failure is about one question: it is not repeated for a moment, so that its caller waits for a timeout once and
 * not for every request, and other callers' questions are asked. Whether a dead API is asked at all is the circuit
 * breaker's to decide (api-fetch.ts); a call that it stopped is no failure of the question. Only an API that asks to be
 * left alone (Retry-After) is asked nothing meanwhile. Does NOT remember failures beyond that.
 */
export function createAnswers<Value>({
  ask,
  absent,
  now,
  freshFor,
  usableFor,
  most,
  report,
}: AnswersOptions<Value>): Answers<Value> {
  const remembered = new LRUCache<string, { known: Known<Value>; askedAt: number }>({
    max: most,
    maxSize: most * KEY_CHARACTERS,
    sizeCalculation: (_, key) => Math.max(1, key.length),
  });
  const pending = new Map<string, Promise<Known<Value>>>();
  /** Questions that have just failed, and until when they are not asked again. */
  const failed = new LRUCache<string, number>({
    max: most,
    maxSize: most * KEY_CHARACTERS,
    sizeCalculation: (_, key) => Math.max(1, key.length),
  });
  let silentUntil = -Infinity;
  /** The last failure, for those who are not answered while the API is left alone. */
  let unavailable = UNAVAILABLE;
  let generation = 0;
  let isReported = false;

  const question = async (key: string): Promise<Known<Value>> => {
    const askedAt = now();
    const asking = generation;
    const learn = (value: Value): Known<Value> => {
      if (isReported) report?.("recovered", undefined);
      isReported = false;
      const known = Object.freeze({ kind: "known", value } as const);
      // Forgotten while it was on its way: those who waited get it, and later callers do not.
      if (asking === generation) remembered.set(key, { known, askedAt });
      failed.delete(key);
      return known;
    };
    try {
      return learn(await ask(key));
    } catch (error) {
      const { status, retryAfter, problem, answered = status } = readFailure(error);
      if (status === 404 || status === 422) return learn(absent);
      unavailable = Object.freeze({
        kind: "unavailable",
        problem: problem ?? `answered ${status}`,
      });
      if (retryAfter !== undefined && !isAboutQuestion(answered)) {
        silentUntil = now() + Math.min(retryAfter * 1000, LONGEST_PAUSE_MS);
      } else if (!isLeftAlone(error)) failed.set(key, now() + PAUSE);
      return unavailable;
    }
  };

  const askOnce = (key: string): Promise<Known<Value>> => {
    const waiting = pending.get(key);
    if (waiting !== undefined) return waiting;
    const asked = question(key).finally(() => {
      if (pending.get(key) === asked) pending.delete(key);
    });
    pending.set(key, asked);
    return asked;
  };

  /** What is known already and not older than this. */
  const within = (key: string, age: number): Known<Value> => {
    const entry = remembered.get(key);
    return entry !== undefined && now() - entry.askedAt < age ? entry.known : unavailable;
  };

  /** What is remembered in the place of an answer, if that is not too old. */
  const fallBack = (key: string): Known<Value> => {
    const known = within(key, usableFor);
    if (known.kind === "unavailable" && !isReported) {
      isReported = true;
      report?.("unreachable", known.problem);
    }
    return known;
  };

  const get = (key: string): Known<Value> | Promise<Known<Value>> => {
    const fresh = within(key, freshFor);
    if (fresh.kind === "known") return fresh;
    if (now() < Math.max(silentUntil, failed.get(key) ?? 0)) return fallBack(key);
    // Looked up when the question has failed: it may have been forgotten meanwhile.
    return askOnce(key).then((known) => (known.kind === "known" ? known : fallBack(key)));
  };

  return {
    get,
    isLeftAlone: () => now() < silentUntil,
    forget(key) {
      generation += 1;
      remembered.delete(key);
      pending.delete(key);
      failed.delete(key);
    },
    forgetAll() {
      generation += 1;
      remembered.clear();
      pending.clear();
      failed.clear();
    },
  };
}
