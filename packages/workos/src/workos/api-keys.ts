import { LRUCache } from "lru-cache";
import type { WorkOS } from "./client.js";
import {
  createVerdictMemory,
  MAX_KEYS,
  type ApiKeyIdentity,
  type ApiKeyVerdict,
  type KeyOwner,
} from "./api-key-verdicts.js";
import { readFailure } from "./failure.js";

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

/** Validations in a burst, and per second after it: together below the API's own limit (6,000 a minute). */
const NEVER_SEEN = { burst: 40, perSecond: 20 };
const TURNED_AWAY = { burst: 40, perSecond: 20 };
const ONCE_VALID = { burst: 80, perSecond: 40 };
/** Longest time that WorkOS is not asked after a 429, in seconds. */
const LONGEST_PAUSE_SECONDS = 300;

const UNAVAILABLE = Object.freeze({ kind: "unavailable" } as const);

/**
 * Makes a validator that asks the WorkOS API about a key once, however many
 * requests carry it, and remembers the answer briefly, good or bad.
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
    digest: (value: string) => string | Promise<string>;
    now: () => number;
    report: (state: "unreachable" | "recovered", detail: string) => void;
  },
): ApiKeyValidator {
  const verdicts = createVerdictMemory(now);
  const limit = createQuestionLimit(now, verdicts.wasValid);
  const pending = new Map<string, Promise<ApiKeyVerdict | undefined>>();
  let isDown = false;

  const ask = async (value: string, id: string): Promise<ApiKeyVerdict | undefined> => {
    const question = verdicts.beginQuestion();
    try {
      const { apiKey } = await client().apiKeys.createValidation({ value });
      if (isDown) report("recovered", "API keys are validated again");
      isDown = false;
      return verdicts.learn(id, apiKey === null ? undefined : toIdentity(apiKey), question);
    } catch (error) {
      const { status, retryAfter, problem } = readFailure(error);
      if (status === 400 || status === 404 || status === 422) {
        return verdicts.learn(id, undefined, question);
      }
      if (status === 429) limit.pause(retryAfter ?? 1);
      if (!isDown)
        report("unreachable", status === undefined ? `it ${problem}` : describeProblem(status));
      isDown = true;
      return UNAVAILABLE;
    }
  };

  /** Joins the question about a key, or asks it if that is allowed now. */
  const askOnce = async (value: string, id: string): Promise<ApiKeyVerdict | undefined> => {
    // Nothing may be awaited between looking and asking, or every request would ask.
    if (!pending.has(id) && limit.mayAsk(id)) {
      const asked = ask(value, id).finally(() => {
        if (pending.get(id) === asked) pending.delete(id);
      });
      pending.set(id, asked);
    }
    return pending.has(id) ? pending.get(id) : UNAVAILABLE;
  };

  const forget = (name: string): void => {
    verdicts.forget(name);
    // Requests that come from now on must not get the answer to an older question.
    pending.clear();
  };

  return {
    async validate(value) {
      const id = await digest(value);
      // Asked a second time when the first answer counts no more.
      const verdict =
        verdicts.fresh(id) ??
        (await askOnce(value, id)) ??
        verdicts.fresh(id) ??
        (await askOnce(value, id)) ??
        UNAVAILABLE;
      // Looked up when the question has failed: it may have been forgotten meanwhile.
      return verdict.kind === "unavailable" ? (verdicts.usable(id) ?? UNAVAILABLE) : verdict;
    },
    forget,
    forgetOwner({ userId, organizationId }) {
      forget([userId, organizationId].filter((one) => one !== undefined).join(" "));
    },
    isForgotten: verdicts.isForgotten,
  };
}

/**
 * Decides whether WorkOS may be asked about one more key, at a rate of its own for each kind: keys that were valid
 * before, keys that were turned away because of that rate, and the others.
 */
function createQuestionLimit(
  now: () => number,
  wasValid: (id: string) => boolean,
): {
  readonly mayAsk: (id: string) => boolean;
  /** Stops all questions for so many seconds, as WorkOS asked. */
  readonly pause: (seconds: number) => void;
} {
  const turnedAway = new LRUCache<string, true>({ max: MAX_KEYS });
  const mayAskAboutOnceValid = createBucket(ONCE_VALID, now);
  const mayAskAboutTurnedAway = createBucket(TURNED_AWAY, now);
  const mayAskAboutNeverSeen = createBucket(NEVER_SEEN, now);
  let waitUntil = -Infinity;
  return {
    mayAsk(id) {
      if (now() < waitUntil) return false;
      if (wasValid(id)) return mayAskAboutOnceValid();
      const isAllowed = turnedAway.has(id) ? mayAskAboutTurnedAway() : mayAskAboutNeverSeen();
      if (isAllowed) turnedAway.delete(id);
      else turnedAway.set(id, true);
      return isAllowed;
    },
    pause(seconds) {
      waitUntil = now() + Math.min(seconds, LONGEST_PAUSE_SECONDS) * 1000;
    },
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
