import type { WorkOS } from "./client.js";

/** Which feature flags are on for somebody. */
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
/** After a failed start nobody tries again for this long, in milliseconds. */
const PAUSE = 2_000;

/**
 * Evaluates feature flags through the SDK's runtime client, which polls all flags
 * of the environment every 30 seconds from the first question on.
 *
 * An unknown flag is off. Flags older than five minutes count as unknown, so that
 * an outage neither opens nor closes anything for long.
 *
 * @see https://workos.com/docs/feature-flags/runtime-client
 */
export function createFeatureFlags(client: () => WorkOS, now: () => number): FeatureFlags {
  type Runtime = ReturnType<WorkOS["featureFlags"]["createRuntimeClient"]>;
  let runtime: { readonly client: Runtime; readonly isReady: Promise<boolean> } | undefined;
  let waitUntil = -Infinity;

  const start = (): NonNullable<typeof runtime> => {
    const started = client().featureFlags.createRuntimeClient({ requestTimeoutMs: FIRST_ANSWER });
    // An error event that nobody hears would end the process; how old the flags are says enough.
    started.on("error", () => undefined);
    started.on("failed", () => undefined);
    const isReady = started.waitUntilReady({ timeoutMs: FIRST_ANSWER }).then(
      () => true,
      () => {
        // The SDK's client never asks again after a 401, so a failed start is thrown away.
        started.close();
        runtime = undefined;
        waitUntil = now() + PAUSE;
        return false;
      },
    );
    return { client: started, isReady };
  };

  return {
    isEnabled(slug, { userId, organizationId }) {
      if (runtime === undefined && now() < waitUntil) return undefined;
      runtime ??= start();
      const { client: flags, isReady } = runtime;
      const evaluate = (): boolean | undefined => {
        const { cacheAge } = flags.getStats();
        if (cacheAge === null || cacheAge > USABLE_FOR) return undefined;
        return flags.isEnabled(slug, {
          ...(userId === undefined ? {} : { userId }),
          ...(organizationId === undefined ? {} : { organizationId }),
        });
      };
      return flags.getStats().cacheAge === null ? isReady.then(evaluate) : evaluate();
    },
    close() {
      runtime?.client.close();
      runtime = undefined;
    },
  };
}
