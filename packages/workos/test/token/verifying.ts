import { createHash } from "node:crypto";
import type { StandardSchema } from "../../src/standards/standard-schema.js";
import { createKeySet } from "../../src/token/key-set.js";
import { createTokenVerifier, type TokenVerifier } from "../../src/token/token-verifier.js";
import type { VerificationPolicy } from "../../src/token/verify.js";
import type { AuthEvent } from "../../src/trail/event.js";
import type { Schedule } from "../../src/standards/schedule.js";
import { CLIENT_ID, NOW, RESOURCE, type TestIssuer } from "../support/issuer.js";

/** Runs what is scheduled in the next turn of the event loop, since the clocks of these tests stand still. */
const soon: Schedule = (run) => {
  const immediate = setImmediate(run);
  return () => {
    clearImmediate(immediate);
  };
};

/** A policy that accepts these issuers, with a clock that stands still until moved. */
export function policyFor(
  issuers: readonly TestIssuer[],
  audience: Partial<VerificationPolicy["audience"]> = {},
): VerificationPolicy & { readonly clock: { now: number }; readonly events: AuthEvent[] } {
  const clock = { now: NOW };
  const events: AuthEvent[] = [];
  const now = (): number => clock.now;
  const trail = (event: AuthEvent): void => {
    events.push(event);
  };
  return {
    clock,
    events,
    now,
    clockToleranceSeconds: 10,
    audience: {
      resource: RESOURCE,
      resources: new Set([RESOURCE]),
      clientId: CLIENT_ID,
      environment: "until-registered",
      ...audience,
    },
    callers: new Set(["user"]),
    issuers: new Map(
      issuers.map((one) => [
        one.issuer,
        createKeySet(one.issuer, { fetch: one.fetch, now, schedule: soon, trail }),
      ]),
    ),
  };
}

/** The whole verifier, and how often each token's digest was asked for. */
export function verifierFor(
  issuer: TestIssuer,
  claimsSchema?: StandardSchema,
): {
  readonly verify: TokenVerifier;
  readonly clock: { now: number };
  readonly digested: string[];
} {
  const policy = policyFor([issuer]);
  const digested: string[] = [];
  const verify = createTokenVerifier({
    ...policy,
    claimsSchema,
    digest: (token) => {
      digested.push(token);
      return createHash("sha256").update(token).digest("base64url");
    },
  });
  return { verify, clock: policy.clock, digested };
}
