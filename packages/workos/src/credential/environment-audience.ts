import { andThen } from "../standards/and-then.js";
import type { Trail } from "../trail/event.js";
import type { Known } from "../workos/answers.js";
import type { AudiencePolicy, EnvironmentAudience } from "../token/audience.js";
import type { TokenRefusal } from "../token/refusal.js";
import type { VerifiedToken } from "../token/verify.js";

/** What users' tokens must name now; undetermined until WorkOS said whether this server is a resource indicator. */
export type AudienceInForce = "resource" | "environment" | "undetermined";

/** Decides about tokens for the whole environment, at every request: verified tokens are cached, and this may change. */
export interface EnvironmentAudienceGate {
  readonly refusalOf: (
    token: VerifiedToken,
  ) => TokenRefusal | undefined | Promise<TokenRefusal | undefined>;
  readonly inForce: () => AudienceInForce;
}

const NOT_REQUESTED: TokenRefusal = Object.freeze({
  reason: "resource_not_requested",
  isRegistered: true,
});

/**
 * Refuses users' tokens for the whole environment once this server is a registered resource indicator.
 *
 * Until it is registered they are accepted, and reported once with how to end that. They are also accepted while WorkOS
 * has never answered: verifying a token depends on nothing but the issuer's keys, and an API that cannot be asked must
 * not lock out servers without an indicator, whose users have no other tokens. Does NOT concern applications, whose
 * tokens never have a resource indicator.
 *
 * @param isRegistered keeps its last answer while WorkOS cannot be asked.
 */
export function createEnvironmentAudienceGate({
  environment,
  isRegistered,
  resource,
  trail,
}: {
  readonly environment: EnvironmentAudience;
  readonly isRegistered: () => Known<boolean> | Promise<Known<boolean>>;
  readonly resource: string;
  readonly trail: Trail;
}): EnvironmentAudienceGate {
  let inForce = audienceAtStart({ environment });
  let isReported = false;
  const decide = (known: Known<boolean>): TokenRefusal | undefined => {
    if (known.kind === "unavailable") return undefined;
    inForce = known.value ? "resource" : "environment";
    if (known.value) return NOT_REQUESTED;
    if (!isReported) {
      isReported = true;
      trail({ kind: "advice", code: "environment_audience", detail: adviceFor(resource) });
    }
    return undefined;
  };
  return {
    refusalOf: ({ audience, principal }) => {
      if (environment !== "until-registered") return undefined;
      if (audience !== "environment" || principal.kind !== "user") return undefined;
      const known = isRegistered();
      return andThen(known, decide);
    },
    inForce: () => inForce,
  };
}

/** What users' tokens must name before WorkOS was asked anything. */
function audienceAtStart({ environment }: Pick<AudiencePolicy, "environment">): AudienceInForce {
  return AT_START[environment];
}

const AT_START = {
  accepted: "environment",
  refused: "resource",
  "until-registered": "undetermined",
} as const satisfies Readonly<Record<EnvironmentAudience, AudienceInForce>>;

function adviceFor(resource: string): string {
  return (
    "a token without a resource indicator was accepted: its audience is the environment client ID, " +
    `so it fits every server of this environment. Add ${resource} under Connect > Configuration > ` +
    "MCP resource indicators: from then on such tokens are refused here, and clients have to connect again"
  );
}
