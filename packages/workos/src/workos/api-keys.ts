import { LRUCache } from "lru-cache";
import type { WorkOS } from "./client.js";
import { readFailure } from "./failure.js";

/** A WorkOS API key that its owner made for machines, without its value. */
export interface ApiKeyIdentity {
  /** `api_key_…` */
  readonly id: string;
  readonly name: string;
  readonly owner: { readonly kind: "organization" | "user"; readonly id: string };
  /** The organization the key acts in. */
  readonly organizationId: string;
  readonly permissions: readonly string[];
}

/** WorkOS's verdict on an API key's value. */
export type ApiKeyVerdict =
  | { readonly kind: "valid"; readonly key: ApiKeyIdentity }
  | { readonly kind: "invalid" }
  /** WorkOS cannot be asked now. */
  | { readonly kind: "unavailable" };

export interface ApiKeyValidator {
  /** Judges the value of an API key; never rejects. */
  readonly validate: (value: string) => Promise<ApiKeyVerdict>;
  /** Forgets what is known of a key by its ID, so that WorkOS is asked again. */
  readonly forget: (id: string) => void;
  /** Forgets the keys of a person, of an organization, or of a person in an organization. */
  readonly forgetOwner: (owner: KeyOwner) => void;
  /** Whether a key was forgotten, or found invalid, since WorkOS was asked about it for this identity; sends no request. */
  readonly isForgotten: (key: ApiKeyIdentity) => boolean;
}

/** Whose keys: at least one of them is named. */
export interface KeyOwner {
  readonly userId?: string;
  readonly organizationId?: string;
}

/** A verdict is used this long without asking again, counted from its question: so long a revoked key still works. */
const FRESH_MS = 30_000;
/** While WorkOS cannot be asked, a key it found valid works this long, counted from the question. */
const USABLE_MS = 5 * 60_000;
/** Validations in a burst, and per second after it: together below the API's own limit (6,000 a minute). */
const NEVER_SEEN = { burst: 40, perSecond: 20 };
const TURNED_AWAY = { burst: 40, perSecond: 20 };
const ONCE_VALID = { burst: 80, perSecond: 40 };
/** Longest time that WorkOS is not asked after a 429, in seconds. */
const LONGEST_PAUSE = 300;
/** Keys of each kind that are remembered. */
const MAX_KEYS = 5_000;
/** Keys and owners that were forgotten, known for longer than a stream lives that a key opened. */
const MAX_FORGOTTEN = 10_000;

const INVALID = Object.freeze({ kind: "invalid" } as const);
const UNAVAILABLE = Object.freeze({ kind: "unavailable" } as const);

type ValidVerdict = Extract<ApiKeyVerdict, { kind: "valid" }>;

/** What WorkOS answered, and the number and time of the question. */
interface Answer<Verdict> {
  readonly verdict: Verdict;
  readonly question: number;
  readonly askedAt: number;
}

/**
 * Makes a validator that asks the WorkOS API about a key once, however many
 * requests carry it, and remembers the answer briefly, good or bad.
 *
 * A verdict is as old as its question. Of two answers about a key the one to the later question
 * counts, and an answer to a question from before a revocation counts for no request.
 *
 * Keeps digests, never values. Asks at a bounded rate, so that a flood of made-up
 * keys cannot use up the environment's own limit. Keys that were valid before, and keys that were
 * turned away because of that rate, have rates of their own: a flood of keys that come once each
 * turns a good key away once. Does NOT ask while a 429 of WorkOS lasts, and does NOT
 * notice a revoked key before its verdict is old, unless an event names it.
 *
 * @param now milliseconds of a clock that never goes back.
 * @param client must not retry by itself: the caller is waiting.
 * @param report is called when WorkOS stops or starts answering.
 * @see https://workos.com/docs/reference/authkit/api-keys/validate
 */
export function createApiKeyValidator(
  client: () => WorkOS,
  {
    digest,
    now,
    report,
  }: {
    digest: (value: string) => string;
    now: () => number;
    report: (state: "unreachable" | "recovered", detail: string) => void;
  },
): ApiKeyValidator {
  const valid = new LRUCache<string, Answer<ValidVerdict>>({ max: MAX_KEYS });
  // Apart, so that a flood of made-up keys drops none of the real ones.
  const invalid = new LRUCache<string, Answer<typeof INVALID>>({ max: MAX_KEYS });
  const turnedAway = new LRUCache<string, true>({ max: MAX_KEYS });
  const pending = new Map<string, Promise<ApiKeyVerdict | undefined>>();
  const mayAskAboutOnceValid = createBucket(ONCE_VALID, now);
  const mayAskAboutTurnedAway = createBucket(TURNED_AWAY, now);
  const mayAskAboutNeverSeen = createBucket(NEVER_SEEN, now);
  /** The last question that counts no more for a key, or for an owner's keys. */
  const forgotten = new LRUCache<string, number>({ max: MAX_FORGOTTEN });
  const questionOf = new WeakMap<ApiKeyIdentity, number>();
  let questions = 0;
  let waitUntil = -Infinity;
  let isDown = false;

  const isForgotten = (key: ApiKeyIdentity): boolean =>
    forgettableNames(key).some(
      (name) => (forgotten.get(name) ?? -1) >= (questionOf.get(key) ?? -1),
    );

  const forgetAll = (name: string): void => {
    forgotten.set(name, questions);
    // Requests that come from now on must not get the answer to an older question.
    pending.clear();
    for (const [id, { verdict }] of valid.entries()) {
      if (isForgotten(verdict.key)) valid.delete(id);
    }
  };

  /** Remembers an answer; undefined when it counts no more, since a later question or a revocation came between. */
  const learn = (
    id: string,
    key: ApiKeyIdentity | undefined,
    question: number,
    askedAt: number,
  ): ApiKeyVerdict | undefined => {
    const known = valid.get(id);
    if (question < Math.max(known?.question ?? 0, invalid.get(id)?.question ?? 0)) return undefined;
    if (key === undefined) {
      // Streams that the key opened end.
      if (known !== undefined) forgotten.set(known.verdict.key.id, question);
      valid.delete(id);
      invalid.set(id, { verdict: INVALID, question, askedAt });
      return INVALID;
    }
    questionOf.set(key, question);
    if (isForgotten(key)) return undefined;
    const verdict = Object.freeze({ kind: "valid", key } as const);
    invalid.delete(id);
    valid.set(id, { verdict, question, askedAt });
    return verdict;
  };

  const ask = async (value: string, id: string): Promise<ApiKeyVerdict | undefined> => {
    const askedAt = now();
    const question = (questions += 1);
    try {
      const { apiKey } = await client().apiKeys.createValidation({ value });
      if (isDown) report("recovered", "API keys are validated again");
      isDown = false;
      return learn(id, apiKey === null ? undefined : toIdentity(apiKey), question, askedAt);
    } catch (error) {
      const { status, retryAfter, problem } = readFailure(error);
      if (status === 400 || status === 404 || status === 422) {
        return learn(id, undefined, question, askedAt);
      }
      if (status === 429) waitUntil = now() + Math.min(retryAfter ?? 1, LONGEST_PAUSE) * 1000;
      if (!isDown)
        report("unreachable", status === undefined ? `it ${problem}` : describeProblem(status));
      isDown = true;
      return UNAVAILABLE;
    }
  };

  const mayAsk = (id: string): boolean => {
    if (now() < waitUntil) return false;
    if (valid.has(id)) return mayAskAboutOnceValid();
    const isAllowed = turnedAway.has(id) ? mayAskAboutTurnedAway() : mayAskAboutNeverSeen();
    if (isAllowed) turnedAway.delete(id);
    else turnedAway.set(id, true);
    return isAllowed;
  };

  /** Joins the question about a key, or asks it if that is allowed now. */
  const askOnce = async (value: string, id: string): Promise<ApiKeyVerdict | undefined> => {
    // Nothing may be awaited between looking and asking, or every request would ask.
    if (!pending.has(id) && mayAsk(id)) {
      const asked = ask(value, id).finally(() => {
        if (pending.get(id) === asked) pending.delete(id);
      });
      pending.set(id, asked);
    }
    return pending.has(id) ? pending.get(id) : UNAVAILABLE;
  };

  const freshVerdict = (id: string): ApiKeyVerdict | undefined => {
    const answer = valid.get(id) ?? invalid.get(id);
    return answer !== undefined && now() - answer.askedAt < FRESH_MS ? answer.verdict : undefined;
  };

  const validate = async (value: string): Promise<ApiKeyVerdict> => {
    const id = digest(value);
    // Asked a second time when the first answer counts no more.
    const verdict =
      freshVerdict(id) ??
      (await askOnce(value, id)) ??
      freshVerdict(id) ??
      (await askOnce(value, id)) ??
      UNAVAILABLE;
    if (verdict.kind !== "unavailable") return verdict;
    // Looked up when the question has failed: it may have been forgotten meanwhile.
    const last = valid.get(id);
    return last !== undefined && now() - last.askedAt < USABLE_MS ? last.verdict : UNAVAILABLE;
  };

  return {
    validate,
    forget: forgetAll,
    forgetOwner({ userId, organizationId }) {
      forgetAll([userId, organizationId].filter((one) => one !== undefined).join(" "));
    },
    isForgotten,
  };
}

/** A token bucket: decides whether one more question may be asked. */
function createBucket(
  { burst, perSecond }: { burst: number; perSecond: number },
  now: () => number,
): () => boolean {
  let tokens = burst;
  let filledAt = now();
  return () => {
    tokens = Math.min(burst, tokens + ((now() - filledAt) / 1000) * perSecond);
    filledAt = now();
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}

/** By what a key may be forgotten: its ID, its owner's, its organization's, and that of its owner in it. */
function forgettableNames({ id, owner, organizationId }: ApiKeyIdentity): readonly string[] {
  return [id, owner.id, organizationId, `${owner.id} ${organizationId}`];
}

type Validated = NonNullable<Awaited<ReturnType<WorkOS["apiKeys"]["createValidation"]>>["apiKey"]>;

function toIdentity({ id, name, owner, permissions }: Validated): ApiKeyIdentity {
  return Object.freeze({
    id,
    name,
    owner: Object.freeze({ kind: owner.type, id: owner.id }),
    organizationId: owner.type === "organization" ? owner.id : owner.organizationId,
    // Older keys have null here, unlike the SDK's type.
    permissions: Object.freeze([...((permissions as readonly string[] | null) ?? [])]),
  });
}

function describeProblem(status: number): string {
  if (status === 401 || status === 403)
    return `it refused this environment's own apiKey (${status})`;
  return status === 429 ? "it says that it was asked too often (429)" : `it answered ${status}`;
}
