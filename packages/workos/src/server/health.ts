import type { AudienceInForce } from "../credential/environment-audience.js";

/** How a resource server stands with what it depends on. Ages in seconds. */
export interface Health {
  /**
   * Whether access tokens can be judged now: the keys are there, revocations are known as the configuration asks, and
   * WorkOS does not refuse the API key of this server.
   */
  readonly isReady: boolean;
  /**
   * What users' tokens must name now: `"resource"`, or `"environment"` when the environment client ID will do. By
   * default `"undetermined"`, which accepts both, until WorkOS said whether this resource is a registered indicator.
   */
  readonly audience: AudienceInForce;
  /** How old each issuer's keys are; undefined when there are none. */
  readonly keys: readonly { readonly issuer: string; readonly ageSeconds: number | undefined }[];
  /**
   * Whether what access decisions ask the WorkOS API is asked: false for a few seconds after it failed repeatedly, and
   * while WorkOS refuses the API key of this server.
   */
  readonly api: { readonly isReachable: boolean };
  /**
   * When revocation is configured: how long ago every revocation was known (Infinity before all were read for the
   * first time), how many are remembered, and whether the Events API answered when it was last read.
   */
  readonly revocation?: {
    readonly stalenessSeconds: number;
    readonly subjects: number;
    readonly isReachable: boolean;
  };
  /**
   * Audit log events that wait, those that WorkOS refused, those that were dropped since the start, and how long the
   * oldest of the waiting has waited; when an observer delivers some.
   */
  readonly outbox?: {
    readonly waiting: number;
    readonly failed: number;
    readonly lost: number;
    readonly oldestSeconds: number;
  };
}
