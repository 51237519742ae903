import type { VerifiedCredential } from "../credential/verify-credential.js";
import { WorkOSAuthError } from "../errors.js";
import type { Provider } from "../session/store.js";
import type { Known } from "../workos/answers.js";
import type { Organizations } from "../workos/memberships.js";
import { AccessDeniedError } from "./access-denied.js";
import type { AccessWatch } from "./access-watch.js";
import { settleKnown } from "./challenge-policy.js";
import { missingIn, type Denial } from "./decide.js";
import { explain, denialReason } from "./explain.js";
import { rightsUnavailable, type Rights } from "./rights.js";

/** How access rejects what code inside a request asks: each throws, after the watch has noted what. */
export interface Rejections {
  /** For a mistake in the code that asks: the caller reads it, and the operator's log has it. */
  readonly refuse: (asked: string, why: string) => never;
  readonly deny: (denial: Denial, name: string, cause?: unknown) => never;
}

/** Makes the rejections of one caller's access; `rights` and `organizations` are for the message of a denial. */
export function createRejections(
  watch: AccessWatch,
  {
    credential,
    rights,
    organizations,
    reportCheck,
  }: {
    readonly credential: VerifiedCredential;
    readonly rights: Rights;
    readonly organizations: Known<Organizations>;
    readonly reportCheck: Provider["reportCheck"];
  },
): Rejections {
  const fail = (error: Error): never => {
    watch.noteThrow(error);
    throw error;
  };
  return {
    refuse(asked, why) {
      const error = new WorkOSAuthError("invalid_rule", `${asked} ${why}`);
      reportCheck(asked, error);
      return fail(error);
    },
    deny(found, name, cause) {
      // The answer has begun, so that nothing is challenged here.
      const denial = settleKnown(credential, found, {
        organizations,
        mayHelp: () => true,
        urlOf: watch.urlOf,
      });
      const detail = explain(denial, { kind: watch.usedKind(), name }, rights);
      const reason = denialReason(denial);
      watch.report({ reason, detail });
      return fail(
        denial.reason === "access_unavailable"
          ? new WorkOSAuthError("access_unavailable", detail, {
              cause: cause ?? rightsUnavailable(),
            })
          : new AccessDeniedError(detail, reason, missingIn(denial) ?? {}, { cause }),
      );
    },
  };
}
