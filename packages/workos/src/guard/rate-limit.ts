import { budgetKey } from "../access/budget.js";
import type { VerifiedCredential } from "../credential/verify-credential.js";
import type { Trail } from "../trail/event.js";
import type { Schedule } from "../standards/schedule.js";
import type { Refusal } from "./refusal.js";

/**
 * What counts calls: any limiter of the package rate-limiter-flexible, in memory, on Redis or
 * elsewhere, or one of yours with the same method.
 */
export interface RateLimiter {
  /**
   * Takes points from the caller's budget. Rejects with `msBeforeNext`, milliseconds, when there are
   * not enough left, and with an Error when it cannot tell. After half a second without an answer it has failed.
   */
  readonly consume: (caller: string, points: number) => Promise<unknown>;
}

/** Charges a caller for what a request uses, and returns why it must wait, if so; never rejects. */
export type RateLimit = (
  credential: VerifiedCredential,
  uses: number,
) => Promise<Refusal | undefined>;

/** A limiter that has not answered by then has failed, in milliseconds: no call may hang because Redis does. */
const PATIENCE = 500;

/**
 * Makes the rate limit of a guard: a point for each use of each authenticated caller.
 *
 * A use is one tool, prompt or resource that a message names, and a message that names none. A caller is a person, an application or an API key, wherever it comes from. A limiter that fails, or
 * does not answer, lets the call through and is reported: it protects the server's load, not its data. Does NOT count
 * requests without a good credential; that is a proxy's to do.
 */
export function createRateLimit(limiter: RateLimiter, trail: Trail, schedule: Schedule): RateLimit {
  const inTime = (answer: Promise<unknown>): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const cancel = schedule(() => {
        reject(new Error(`it has not answered for ${PATIENCE} ms`));
      }, PATIENCE);
      Promise.resolve(answer).finally(cancel).then(resolve, reject);
    });
  return async (credential, uses) => {
    const caller = budgetKey(credential);
    try {
      await inTime(limiter.consume(caller, uses));
      return undefined;
    } catch (refused) {
      const { msBeforeNext } = (typeof refused === "object" && refused !== null ? refused : {}) as {
        msBeforeNext?: unknown;
      };
      if (refused instanceof Error || typeof msBeforeNext !== "number") {
        const why = refused instanceof Error ? refused.message : "it rejected without msBeforeNext";
        trail({
          kind: "advice",
          code: "rate_limiter_failed",
          detail: `calls are not being counted: ${why}`,
        });
        return undefined;
      }
      return {
        reason: "rate_limited",
        caller,
        retryAfter: Math.max(1, Math.ceil(msBeforeNext / 1000)),
      };
    }
  };
}
