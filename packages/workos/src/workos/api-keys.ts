import { LRUCache } from "lru-cache";
import type { WorkOS } from "./client.js";
import { failureOf } from "./failure.js";

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

/** What WorkOS says of an API key's value. */
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
  /** Whether a key was forgotten, or found invalid, since WorkOS was asked about it for this identity; asks nobody. */
  readonly isForgotten: (key: ApiKeyIdentity) => boolean;
}

/** Whose keys: at least one of them is named. */
export interface KeyOwner {
  readonly userId?: string;
  readonly organizationId?: string;
}

/** A verdict is remembered this long, in milliseconds: so long a revoked key still works. */
const REMEMBERED_FOR = 30_000;
/** While WorkOS cannot be asked, a key it found valid works this long, in milliseconds. */
const USABLE_FOR = 5 * 60_000;
/** Validations in a burst, and per second after it: together below the API's own limit (6,000 a minute). */
const UNKNOWN = { burst: 40, perSecond: 20 };
const KNOWN = { burst: 80, perSecond: 40 };
/** Nobody is asked for so long at most when WorkOS says to wait (429), in seconds. */
const LONGEST_PAUSE = 300;
/** What was forgotten is known for as many keys and owners: longer than a stream lives that a key opened. */
const MOST_FORGOTTEN = 10_000;

/**
 * Makes a validator that asks the WorkOS API about a key once, however many
 * requests carry it, and remembers the answer briefly, good or bad.
 *
 * Keeps digests, never values. Asks at a bounded rate, so that a flood of made-up
 * keys cannot use up the environment's own limit; about keys that were valid before, at
 * one of their own, so that such a flood keeps none of them out. Not at all while WorkOS
 * says to wait (429). Does NOT notice a revoked key before the memory ends, unless it is told.
 *
 * @param now milliseconds of a clock that never goes back.
 * @param client must not retry by itself: the caller is waiting.
 * @param report hears when WorkOS stops or starts answering.
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
  const options = { ttl: REMEMBERED_FOR, ttlResolution: 0, perf: { now } };
  const valid = new LRUCache<string, { key: ApiKeyIdentity; askedAt: number }>({ max: 5_000 });
  // Apart, so that a flood of made-up keys drops none of the real ones.
  const invalid = new LRUCache<string, true>({ max: 5_000, ...options });
  const pending = new Map<string, Promise<ApiKeyVerdict>>();
  const mayAskAboutKnown = createBucket(KNOWN, now);
  const mayAskAboutUnknown = createBucket(UNKNOWN, now);
  /** In which generation a key, or an owner's keys, were forgotten last, and in which an identity was asked for. */
  const forgotten = new LRUCache<string, number>({ max: MOST_FORGOTTEN });
  const askedIn = new WeakMap<ApiKeyIdentity, number>();
  let generation = 0;
  let waitUntil = -Infinity;
  let isDown = false;

  const forgetAll = (name: string): void => {
    generation += 1;
    forgotten.set(name, generation);
    // Who asks from now on must not get the answer to an older question.
    pending.clear();
    for (const [id, { key }] of valid.entries()) if (namesOf(key).includes(name)) valid.delete(id);
  };

  const learnInvalid = (id: string): void => {
    const known = valid.get(id);
    if (known !== undefined) forgetAll(known.key.id);
    invalid.set(id, true);
  };

  const ask = async (value: string, id: string): Promise<ApiKeyVerdict> => {
    const asking = generation;
    try {
      const { apiKey } = await client().apiKeys.createValidation({ value });
      if (isDown) report("recovered", "API keys are validated again");
      isDown = false;
      if (apiKey === null) {
        learnInvalid(id);
        return { kind: "invalid" };
      }
      const key = identityOf(apiKey);
      askedIn.set(key, asking);
      // Revoked while the answer was on its way: whoever waited gets it, and nobody else.
      if (asking === generation) valid.set(id, { key, askedAt: now() });
      return { kind: "valid", key };
    } catch (error) {
      const { status, retryAfter, problem } = failureOf(error);
      if (status === 400 || status === 404 || status === 422) {
        learnInvalid(id);
        return { kind: "invalid" };
      }
      if (status === 429) waitUntil = now() + Math.min(retryAfter ?? 1, LONGEST_PAUSE) * 1000;
      if (!isDown)
        report("unreachable", problem === undefined ? problemOf(status) : `it ${problem}`);
      isDown = true;
      return { kind: "unavailable" };
    }
  };

  const validate = async (value: string): Promise<ApiKeyVerdict> => {
    const id = digest(value);
    if (invalid.get(id) === true) return { kind: "invalid" };
    const known = valid.get(id);
    const age = known === undefined ? Infinity : now() - known.askedAt;
    if (known !== undefined && age < REMEMBERED_FOR) return { kind: "valid", key: known.key };

    const mayAsk = known === undefined ? mayAskAboutUnknown : mayAskAboutKnown;
    // Nothing may be awaited between looking and asking, or everybody would ask.
    if (!pending.has(id) && now() >= waitUntil && mayAsk()) {
      const asked = ask(value, id).finally(() => {
        if (pending.get(id) === asked) pending.delete(id);
      });
      pending.set(id, asked);
    }
    const verdict = await pending.get(id);
    if (verdict !== undefined && verdict.kind !== "unavailable") return verdict;
    // Looked up when the question has failed: it may have been forgotten meanwhile.
    const last = valid.get(id);
    return last !== undefined && now() - last.askedAt < USABLE_FOR
      ? { kind: "valid", key: last.key }
      : { kind: "unavailable" };
  };

  return {
    validate,
    forget: forgetAll,
    forgetOwner({ userId, organizationId }) {
      forgetAll([userId, organizationId].filter((one) => one !== undefined).join(" "));
    },
    isForgotten: (key) =>
      namesOf(key).some((name) => (forgotten.get(name) ?? -1) > (askedIn.get(key) ?? -1)),
  };
}

/** A token bucket: tells whether one more question may be asked. */
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
function namesOf({ id, owner, organizationId }: ApiKeyIdentity): readonly string[] {
  return [id, owner.id, organizationId, `${owner.id} ${organizationId}`];
}

type Validated = NonNullable<Awaited<ReturnType<WorkOS["apiKeys"]["createValidation"]>>["apiKey"]>;

function identityOf({ id, name, owner, permissions }: Validated): ApiKeyIdentity {
  return Object.freeze({
    id,
    name,
    owner: Object.freeze({ kind: owner.type, id: owner.id }),
    organizationId: owner.type === "organization" ? owner.id : owner.organizationId,
    // Older keys have null here, whatever the SDK's type says.
    permissions: Object.freeze([...((permissions as readonly string[] | null) ?? [])]),
  });
}

function problemOf(status: number | undefined): string {
  if (status === undefined) return "it cannot be reached";
  if (status === 401 || status === 403)
    return `it refused this environment's own apiKey (${status})`;
  return status === 429 ? "it says that it was asked too often (429)" : `it answered ${status}`;
}
