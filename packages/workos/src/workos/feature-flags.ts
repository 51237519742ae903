import type { WorkOS } from "./client.js";

/** Which feature flags are on for a caller. */
export interface FeatureFlags {
  /** At once when flags are known; undefined when they cannot be had. Never rejects. */
  readonly isEnabled: (
    slug: string,
    whom: { readonly userId?: string | undefined; readonly organizationId?: string | undefined },
  ) => boolean | undefined | Promise<boolean | undefined>;
  /** Ends the polling. */
  readonly close: () => void;
}

/** Longest wait for the first answer, in milliseconds. */
const FIRST_ANSWER = 2_500;
/** While WorkOS cannot be asked, its last answer is used until it is this old, in milliseconds. */
const USABLE_FOR = 5 * 60_000;
/** After a client failed no other one is made for this long, in milliseconds. */
const PAUSE = 2_000;

type Client = ReturnType<WorkOS["featureFlags"]["createRuntimeClient"]>;

/**
 * Evaluates feature flags through the SDK's runtime client, which polls all flags
 * of the environment every 30 seconds from the first question on.
 *
 * An unknown flag is off. Flags older than five minutes count as unknown, so that
 * an outage neither opens nor closes anything for long. A client that gave up, as the SDK's
 * does after one 401, whose first question failed, or that has had no answer for so long is replaced; what the last one
 * knew counts meanwhile, within the same five minutes.
 *
 * @param now milliseconds of a clock that is never set back, whatever its beginning.
 * @see https://workos.com/docs/feature-flags/runtime-client
 */
export function createFeatureFlags(client: () => WorkOS, now: () => number): FeatureFlags {
  let polling: { readonly client: Client; readonly answered: Promise<void> } | undefined;
  /** A client that polls no more, for what it knew. */
  let last: Client | undefined;
  let waitUntil = -Infinity;

  const seen = new WeakMap<Date, number>();

  /** How old what a client knows is, in milliseconds; undefined when it knows nothing. */
  const ageOf = (one: Client | undefined): number | undefined => {
    const { lastSuccessfulPollAt: polledAt = null, cacheAge = null } = one?.getStats() ?? {};
    if (polledAt === null) return undefined;
    const seenAt = seen.get(polledAt) ?? now();
    seen.set(polledAt, seenAt);
    // The SDK goes by a clock that can be set back, which must not make flags young again.
    return Math.max(cacheAge ?? 0, now() - seenAt);
  };

  const isUsable = (one: Client | undefined): one is Client =>
    (ageOf(one) ?? Infinity) <= USABLE_FOR;

  const retire = (one: Client): void => {
    one.close();
    if (ageOf(one) !== undefined) last = one;
    if (polling?.client === one) polling = undefined;
  };

  const start = (): NonNullable<typeof polling> => {
    const started = client().featureFlags.createRuntimeClient({ requestTimeoutMs: FIRST_ANSWER });
    const answered = new Promise<void>((resolve) => {
      const giveUp = (): void => {
        if (polling?.client === started) waitUntil = now() + PAUSE;
        retire(started);
        resolve();
      };
      // An error event without a listener would end the process. Later failures need none: how old the flags are
      // is enough.
      started.on("error", () => {
        if (ageOf(started) === undefined) giveUp();
      });
      started.on("failed", giveUp);
      started.waitUntilReady({ timeoutMs: FIRST_ANSWER }).then(resolve, giveUp);
    });
    return { client: started, answered };
  };

  return {
    isEnabled(slug, { userId, organizationId }) {
      const age = ageOf(polling?.client) ?? 0;
      if (polling !== undefined && age > USABLE_FOR) retire(polling.client);
      if (polling === undefined && now() >= waitUntil) polling = start();
      const evaluate = (): boolean | undefined => {
        const flags = [polling?.client, last].find(isUsable);
        try {
          return flags?.isEnabled(slug, {
            ...(userId === undefined ? {} : { userId }),
            ...(organizationId === undefined ? {} : { organizationId }),
          });
        } catch {
          // The SDK takes flags as they come, and one without its targets cannot be evaluated.
          return undefined;
        }
      };
      const known = evaluate();
      return known === undefined && polling !== undefined ? polling.answered.then(evaluate) : known;
    },
    close() {
      polling?.client.close();
      polling = undefined;
      // What is judged from now on has no flags: a client that was begun again would never be ended.
      waitUntil = Infinity;
    },
  };
}
