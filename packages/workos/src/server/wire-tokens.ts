import type { Settings } from "./configuration.js";
import type { Runtime } from "./runtime.js";
import { createClockWatch } from "../token/clock-watch.js";
import { createKeySet, type KeySet } from "../token/key-set.js";
import { createTokenVerifier, type TokenVerifier } from "../token/token-verifier.js";

/** Access tokens, from the issuers' keys to a verdict. */
export interface Tokens {
  readonly keySets: ReadonlyMap<string, KeySet>;
  readonly verifyToken: TokenVerifier;
}

export function wireTokens(
  { issuers, audience, callers, claimsSchema, clockToleranceSeconds }: Settings,
  { fetch, now, elapsed, digest, schedule, trail }: Runtime,
): Tokens {
  const clocks = createClockWatch({ fetch, now, toleranceSeconds: clockToleranceSeconds, trail });
  const keySets = new Map(
    issuers.map((one) => [
      one,
      createKeySet(one, { fetch: clocks.fetch, now: elapsed, schedule, trail }),
    ]),
  );
  const verifyToken = createTokenVerifier({
    audience,
    callers,
    issuers: keySets,
    claimsSchema,
    digest,
    now,
    clockToleranceSeconds,
    onClaimFault: clocks.onClaimFault,
  });
  return { keySets, verifyToken };
}
