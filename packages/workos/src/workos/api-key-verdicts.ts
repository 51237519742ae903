import { LRUCache } from "lru-cache";

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

/** Whose keys: at least one of them is named. */
export interface KeyOwner {
  readonly userId?: string;
  readonly organizationId?: string;
}

/** A verdict is used this long without asking again, counted from its question: so long a revoked key still works. */
const FRESH_MS = 30_000;
/** While WorkOS cannot be asked, a key it found valid works this long, counted from the question. */
const USABLE_MS = 5 * 60_000;
/** Keys of each kind that are remembered. */
export const MAX_KEYS = 5_000;
/** Keys and owners that were forgotten lately: remembered longer than any stream lives that a key opened. */
const MAX_FORGOTTEN = 10_000;

const INVALID = Object.freeze({ kind: "invalid" } as const);

type ValidVerdict = Extract<ApiKeyVerdict, { kind: "valid" }>;

/** A question to WorkOS, of which the one with the higher number was asked later. */
interface Question {
  readonly number: number;
  readonly askedAt: number;
}

interface Answer<Verdict> {
  readonly verdict: Verdict;
  readonly question: Question;
}

/** Verdicts by the digest of a key's value. */
export interface VerdictMemory {
  readonly beginQuestion: () => Question;
  /** Remembers an answer; undefined when it counts no more, since a later question or a revocation came between. */
  readonly learn: (
    id: string,
    key: ApiKeyIdentity | undefined,
    question: Question,
  ) => ApiKeyVerdict | undefined;
  /** The verdict that is used without asking again. */
  readonly fresh: (id: string) => ApiKeyVerdict | undefined;
  /** The verdict of a valid key that is used while WorkOS cannot be asked. */
  readonly usable: (id: string) => ApiKeyVerdict | undefined;
  readonly wasValid: (id: string) => boolean;
  /** Forgets the keys of this ID, owner, organization, or owner in an organization: answers to older questions count no more. */
  readonly forget: (name: string) => void;
  /** Whether a key was forgotten, or found invalid, since WorkOS was asked about it for this identity. */
  readonly isForgotten: (key: ApiKeyIdentity) => boolean;
}

/**
 * Remembers verdicts, each as old as its question, and what was revoked. Of two answers about a key the one to the later question counts, and an
 * answer to a question from before a revocation counts for no request. Does NOT see values of keys, and does not ask.
 */
export function createVerdictMemory(now: () => number): VerdictMemory {
  const valid = new LRUCache<string, Answer<ValidVerdict>>({ max: MAX_KEYS });
  // Apart, so that a flood of made-up keys drops none of the real ones.
  const invalid = new LRUCache<string, Answer<typeof INVALID>>({ max: MAX_KEYS });
  /** The last question that counts no more for a key, or for an owner's keys. */
  const forgotten = new LRUCache<string, number>({ max: MAX_FORGOTTEN });
  const questionByKey = new WeakMap<ApiKeyIdentity, number>();
  let questions = 0;

  const isYounger = (answer: Answer<ApiKeyVerdict>, age: number): boolean =>
    now() - answer.question.askedAt < age;

  const isForgotten = (key: ApiKeyIdentity): boolean =>
    forgettableNames(key).some(
      (name) => (forgotten.get(name) ?? -1) >= (questionByKey.get(key) ?? -1),
    );

  return {
    beginQuestion: () => ({ number: (questions += 1), askedAt: now() }),
    learn(id, key, question) {
      const { number } = question;
      const known = valid.get(id);
      const latest = Math.max(known?.question.number ?? 0, invalid.get(id)?.question.number ?? 0);
      if (number < latest) return undefined;
      if (key === undefined) {
        // Streams that the key opened end.
        if (known !== undefined) forgotten.set(known.verdict.key.id, number);
        valid.delete(id);
        invalid.set(id, { verdict: INVALID, question });
        return INVALID;
      }
      questionByKey.set(key, number);
      if (isForgotten(key)) return undefined;
      const verdict = Object.freeze({ kind: "valid", key } as const);
      invalid.delete(id);
      valid.set(id, { verdict, question });
      return verdict;
    },
    fresh(id) {
      const answer = valid.get(id) ?? invalid.get(id);
      return answer !== undefined && isYounger(answer, FRESH_MS) ? answer.verdict : undefined;
    },
    usable(id) {
      const last = valid.get(id);
      return last !== undefined && isYounger(last, USABLE_MS) ? last.verdict : undefined;
    },
    wasValid: (id) => valid.has(id),
    forget(name) {
      forgotten.set(name, questions);
      for (const [id, { verdict }] of valid.entries()) {
        if (isForgotten(verdict.key)) valid.delete(id);
      }
    },
    isForgotten,
  };
}

/** By what a key may be forgotten: its ID, its owner's, its organization's, and that of its owner in it. */
function forgettableNames({ id, owner, organizationId }: ApiKeyIdentity): readonly string[] {
  return [id, owner.id, organizationId, `${owner.id} ${organizationId}`];
}
