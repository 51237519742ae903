import type { VerifiedCredential } from "../credential/verify-credential.js";
import type { Known } from "../workos/answers.js";
import type { Organizations } from "../workos/memberships.js";
import { toRequirement, type Denial } from "./decide.js";
import type { RightsSources } from "./rights.js";
import { isSome } from "./rule.js";
import type { StepUpMemory } from "./step-up.js";

/**
 * Decides whether to send a challenge for a denial that signing in again could cure.
 *
 * A scope is, until a newer token came without it. An organization is, when the person has
 * such a one to choose (or that is unknown) and did not choose otherwise just now; where the URL
 * selects the organization, another URL is the answer, since here another choice would be refused.
 * Else the denial names what is missing, by another alternative of the rule if it has one; a user who
 * has just signed in for nothing is not sent to do so for another, so that sign-ins do not
 * repeat without end. Never rejects.
 */
export function createChallengePolicy(
  { memberships }: RightsSources,
  mayHelp: StepUpMemory["shouldChallenge"],
): (credential: VerifiedCredential, denial: Denial, urlOf?: OrganizationUrl) => Promise<Denial> {
  return async (credential, denial, urlOf) => {
    const known =
      credential.kind === "access-token" && denial.reason === "organization_required"
        ? await memberships.organizationsOf(credential.principal.id)
        : UNKNOWN;
    return settleKnown(credential, denial, { organizations: known, mayHelp, urlOf });
  };
}

/** Settles a denial by the organizations of the person that are known already; pure but for `mayHelp`. */
export function settleKnown(
  credential: VerifiedCredential,
  denial: Denial,
  by: {
    readonly organizations: Known<Organizations>;
    readonly mayHelp: StepUpMemory["shouldChallenge"];
    readonly urlOf: OrganizationUrl | undefined;
  },
): Denial {
  const { organizations: known, mayHelp, urlOf } = by;
  if (credential.kind !== "access-token") return denial;
  if (denial.reason === "insufficient_scope") {
    const { scopes } = denial;
    if (mayHelp(credential, { scopes })) return denial;
    return (
      withoutSignIn(denial) ?? {
        reason: "access_missing",
        missing: isSome(scopes) ? { scopes } : {},
      }
    );
  }
  if (denial.reason === "organization_required") {
    const { organizations, otherwise } = denial;
    if (!mayChoose(known, organizations)) {
      return otherwise === undefined
        ? { reason: "access_missing", missing: { organization: toRequirement(organizations) } }
        : settleKnown(credential, otherwise, by);
    }
    if (urlOf !== undefined) {
      return { reason: "organization_elsewhere", urls: organizations.map(urlOf) };
    }
    return mayHelp(credential, { organizations })
      ? denial
      : { reason: "organization_not_chosen", organizations };
  }
  return denial;
}

const UNKNOWN = Object.freeze({ kind: "unavailable" } as const);

function mayChoose(known: Known<Organizations>, organizations: readonly string[]): boolean {
  if (known.kind === "unavailable") return true;
  const { ids, isComplete } = known.value;
  if (organizations.length === 0) return ids.size > 0;
  return !isComplete || organizations.some((id) => ids.has(id));
}

/** What remains of a denial when signing in does not help. */
function withoutSignIn(denial: Denial): Denial | undefined {
  let next: Denial | undefined = denial;
  while (next?.reason === "insufficient_scope" || next?.reason === "organization_required") {
    next = next.otherwise;
  }
  return next;
}

/** The URL of an organization, where each has one of its own. */
export type OrganizationUrl = (organizationId: string) => string;
