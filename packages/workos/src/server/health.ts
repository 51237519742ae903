import type { AudienceInForce } from "../credential/environment-audience.js";
import type { Connected } from "../observers/hooks.js";
import type { RevocationWatch } from "../revocation/revocation-watch.js";
import type { KeySet } from "../token/key-set.js";
import type { MembershipDirectory } from "../workos/memberships.js";
import type { ApiClients } from "./api-clients.js";

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
   * Whether what access decisions ask the WorkOS API is asked: false for a few seconds after it failed repeatedly, for
   * as long as it asks to be left alone (Retry-After), and while WorkOS refuses the API key of this server.
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

/** What {@link createHealth} looks at. */
export interface HealthOptions extends Pick<ApiClients, "access" | "checks" | "ownKey"> {
  /** The first issuer is where users sign in; the others are being left. */
  readonly keySets: ReadonlyMap<string, Pick<KeySet, "age">>;
  readonly audience: () => AudienceInForce;
  readonly watch: RevocationWatch | undefined;
  readonly failClosedAfterMs: number | undefined;
  readonly connected: readonly Connected[];
  readonly memberships: Pick<MembershipDirectory, "isLeftAlone">;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Makes what measures how a resource server stands. Asks nothing and waits for nothing that is under way. */
export function createHealth({
  keySets,
  audience,
  access,
  checks,
  ownKey,
  watch,
  failClosedAfterMs = Infinity,
  connected,
  memberships,
  now,
}: HealthOptions): () => Promise<Health> {
  return async () => {
    const keys = await Promise.all(
      [...keySets].map(async ([issuer, keySet]) => ({
        issuer,
        ageSeconds: seconds(await keySet.age()),
      })),
    );
    const staleness = watch?.staleness();
    const isKnown = (staleness ?? 0) <= failClosedAfterMs;
    return {
      isReady: keys[0]?.ageSeconds !== undefined && isKnown && !ownKey.isRefused(),
      audience: audience(),
      keys,
      api: {
        isReachable:
          access.isReachable() &&
          checks.isReachable() &&
          !memberships.isLeftAlone() &&
          !ownKey.isRefused(),
      },
      ...(watch === undefined || staleness === undefined
        ? {}
        : {
            revocation: {
              stalenessSeconds: staleness / 1000,
              subjects: watch.size(),
              isReachable: watch.isReachable(),
            },
          }),
      ...(connected.length === 0 ? {} : { outbox: measureOutbox(connected, now()) }),
    };
  };
}

function measureOutbox(
  connected: readonly Connected[],
  now: number,
): NonNullable<Health["outbox"]> {
  const counts = connected.map(({ health }) => health());
  const since = Math.min(now, ...counts.map(({ oldest = now }) => oldest));
  const sumOf = (what: "waiting" | "failed" | "lost"): number =>
    counts.reduce((sum, count) => sum + count[what], 0);
  const waiting = sumOf("waiting");
  return {
    waiting,
    failed: sumOf("failed"),
    lost: sumOf("lost"),
    oldestSeconds: waiting === 0 ? 0 : (now - since) / 1000,
  };
}

function seconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}
