import type { VerifiedCredential } from "../token/credential-verifier.js";
import type { Denial } from "./decide.js";
import type { RightsSources } from "./rights.js";
import type { StepUpMemory } from "./step-up.js";

/**
 * Settles whether a denial that signing in again could mend is worth a challenge.
 *
 * A scope is, until a newer token came without it. An organization is, when the person has
 * such a one to choose (or nobody can tell) and did not choose otherwise just now. Else the
 * denial says what is missing, and nobody is sent round in circles. Never rejects.
 */
export function createSettlement(
  { memberships }: RightsSources,
  mayHelp: StepUpMemory,
): (credential: VerifiedCredential, denial: Denial) => Promise<Denial> {
  const mayChoose = async (userId: string, organizations: readonly string[]): Promise<boolean> => {
    const found = await memberships.organizationsOf(userId);
    if (found.kind === "unavailable") return true;
    const { ids, isComplete } = found.value;
    if (organizations.length === 0) return ids.size > 0;
    return !isComplete || organizations.some((id) => ids.has(id));
  };

  return async (credential, denial) => {
    if (credential.kind !== "access-token") return denial;
    if (denial.reason === "insufficient_scope") {
      const { scopes } = denial;
      return mayHelp(credential, scopes.join(" "))
        ? denial
        : { reason: "access_missing", missing: { scopes } };
    }
    if (denial.reason === "organization_required") {
      const { organizations } = denial;
      if (!(await mayChoose(credential.principal.id, organizations))) {
        return { reason: "access_missing", missing: { organizations } };
      }
      return mayHelp(credential, `organization ${organizations.join(" ")}`)
        ? denial
        : { reason: "organization_not_chosen", organizations };
    }
    return denial;
  };
}
