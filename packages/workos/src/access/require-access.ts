import { WorkOSAuthError, type Problem } from "../errors.js";
import { readMembers } from "../standards/members.js";
import { currentRequest, type AuthenticatedRequest } from "../session/store.js";
import type { Denial } from "./decide.js";
import { explain, reasonOf } from "./explain.js";
import { judgeCall } from "./judge-call.js";
import type { Target } from "./messages.js";
import { needsOf } from "./needs.js";
import { membershipIdOf, resolveRights, whoIs, type Needs, type Rights } from "./rights.js";
import { compileRule } from "./compile-rule.js";
import type { CompiledRule, Rule } from "./rule.js";
import { createSettlement } from "./settlement.js";

/** What a rule's `check` should know of the use that a tool asks about. */
export interface Use {
  /** What the caller wants to use, for the caller to read: "You may not use the tool <name>". Default "this tool". */
  readonly name?: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
}

/**
 * Throws unless the caller may, by the same rules and in the same words as the access map:
 * for what a tool can only tell once it runs.
 *
 * The exception's message is written for the caller; let it leave the tool. A missing
 * scope cannot be challenged from here, because the answer has begun: name scopes in the
 * access map. The denial is in the trail, as one of the access map's would be.
 *
 * @throws WorkOSAuthError `access_denied` with what is missing and who can grant it;
 *   `access_unavailable` when WorkOS could not be asked; `invalid_rule` when the rule cannot
 *   work; `no_session` outside an authenticated request.
 */
export async function requireAccess(rule: Rule, use: Use = {}): Promise<void> {
  const { judged, rights, target, request } = await judge(rule, use, "requireAccess()");
  if (judged === undefined) return;
  const { credential, provider, report, urlOf } = request;
  // The answer has begun, so that nothing is challenged here; but nobody is sent to choose what is not there.
  const denial = await createSettlement(provider, () => true)(credential, judged, urlOf);
  const detail = explain(denial, target, rights);
  report({ reason: reasonOf(denial), detail });
  throw new WorkOSAuthError(
    denial.reason === "access_unavailable" ? "access_unavailable" : "access_denied",
    detail,
  );
}

/**
 * Tells whether the caller may, by the same rules as the access map; `false` also when
 * WorkOS could not be asked. A question and no denial: the trail does NOT hear of it.
 *
 * @throws WorkOSAuthError `invalid_rule`, `no_session`.
 */
export async function hasAccess(rule: Rule, use: Use = {}): Promise<boolean> {
  const { judged } = await judge(rule, use, "hasAccess()");
  return judged === undefined;
}

/**
 * Returns the slugs of what the caller is permitted: from the token, else through the
 * membership and its roles at WorkOS (remembered for 60 seconds), else none.
 *
 * From then on `getSession()` shows them too, with the roles. An API key has its own
 * permissions; an application has those of its token. Does NOT look at single resources
 * (FGA): see `hasPermissionOn()`.
 *
 * @throws WorkOSAuthError `access_unavailable` when WorkOS could not be asked and nothing
 *   is remembered; `no_session` outside an authenticated request.
 */
export async function getPermissions(): Promise<readonly string[]> {
  const { permissions } = await rightsOf(currentRequest("getPermissions()"), PERMISSIONS);
  if (permissions !== undefined) return permissions;
  throw new WorkOSAuthError(
    "access_unavailable",
    "The caller's permissions could not be had from the WorkOS API. Nothing is permitted until they are; try again.",
  );
}

const PERMISSIONS: Needs = {
  needsRoles: false,
  needsPermissions: true,
  needsFeatureFlags: false,
};

async function judge(
  given: Rule,
  { name = "", arguments: args = {} }: Use,
  asked: string,
): Promise<{
  readonly judged: Denial | undefined;
  readonly rights: Rights;
  readonly target: Target;
  readonly request: AuthenticatedRequest;
}> {
  const request = currentRequest(asked);
  const { provider, credential } = request;
  const rule = compiled(given, request, asked);
  const rights = await rightsOf(request, needsOf([rule], whoIs(credential)));
  // The copy that a check gets would lose what a class gives.
  const target: Target = {
    kind: "tool",
    name,
    names: [name],
    arguments: readMembers(args) ?? args,
  };
  const judged = await judgeCall(rule, target, rights, {
    satisfies: provider.satisfies,
    caller: () => request.caller,
    workos: provider.accessClient,
    membershipId: () => membershipIdOf(credential, provider),
    report: (error) => {
      provider.reportCheck(asked, error);
    },
  });
  return { judged, rights, target, request };
}

async function rightsOf(request: AuthenticatedRequest, needs: Needs): Promise<Rights> {
  const rights = await resolveRights(request.credential, needs, request.provider);
  if (rights.learned !== undefined) request.learn(rights.learned);
  return rights;
}

function compiled(rule: Rule, { provider }: AuthenticatedRequest, asked: string): CompiledRule {
  const problems: Problem[] = [];
  const result = compileRule(rule, "rule", provider.callers, problems);
  if (problems.length === 0) return result;
  throw new WorkOSAuthError(
    "invalid_rule",
    `${asked} was given a rule that cannot work: ${problems.map(({ message }) => message).join("; ")}`,
  );
}
