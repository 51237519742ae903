import { andThen } from "../standards/and-then.js";
import type { TokenRefusal } from "../token/refusal.js";
import type { VerifiedToken } from "../token/verify.js";
import type { Known } from "../workos/answers.js";
import type { WorkOS } from "../workos/client.js";
import { createConsentDirectory } from "../workos/consents.js";
import type { RevocationSettings } from "./revocation-settings.js";

/**
 * Makes the check that a user still consents to the client of a token: why the token does not count any more, if so.
 *
 * While WorkOS cannot be asked the token counts, unless `failClosedAfterSeconds` is set. Never rejects. Does NOT concern
 * tokens of applications.
 *
 * @param freshFor a consent is not asked for again this long, in milliseconds.
 */
export function createConsentCheck(
  freshFor: number,
  {
    settings: { failClosedAfterMs, maxTokenLifetimeMs },
    client,
    elapsed,
    report,
  }: {
    readonly settings: RevocationSettings;
    readonly client: () => WorkOS;
    /** Milliseconds of a clock that never goes back. */
    readonly elapsed: () => number;
    readonly report: (
      about: "consents",
      state: "unreachable" | "recovered",
      detail: string,
    ) => void;
  },
): (token: VerifiedToken) => TokenRefusal | undefined | Promise<TokenRefusal | undefined> {
  const consents = createConsentDirectory({
    client,
    now: elapsed,
    freshFor,
    usableFor: failClosedAfterMs ?? maxTokenLifetimeMs,
  });
  let isSilent = false;

  const toRefusal = (known: Known<boolean>): TokenRefusal | undefined => {
    if (isSilent !== (known.kind === "unavailable")) {
      isSilent = !isSilent;
      if (known.kind === "known") {
        report("consents", "recovered", "authorized applications are asked for again");
      } else {
        const why = known.problem === undefined ? "" : `: the WorkOS API ${known.problem}`;
        report("consents", "unreachable", `authorized applications cannot be asked for${why}`);
      }
    }
    if (known.kind === "known") return known.value ? undefined : { reason: "consent_withdrawn" };
    return failClosedAfterMs === undefined ? undefined : { reason: "revocations_unknown" };
  };

  return ({ principal, authkit, claims }) => {
    if (principal.kind !== "user") return undefined;
    // Without a client there is no consent that could stand.
    if (authkit.clientId === undefined) return { reason: "consent_withdrawn" };
    const known = consents.isGiven(principal.id, authkit.clientId, claims.iat);
    return andThen(known, toRefusal);
  };
}
