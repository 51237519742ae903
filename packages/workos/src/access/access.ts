import { WorkOSAuthError, type Problem } from "../errors.js";
import { callerFrom } from "../session/caller.js";
import { markThrown } from "../session/open-checks.js";
import {
  assertSameRequest,
  currentRequest,
  type AuthenticatedRequest,
  type DeniedInside,
  type Provider,
} from "../session/store.js";
import type { VerifiedCredential } from "../token/credential-verifier.js";
import type { Known } from "../workos/answers.js";
import type { Membership, Organizations } from "../workos/memberships.js";
import { AccessDeniedError } from "./access-denied.js";
import { compileRequirements } from "./compile-rule.js";
import { decide, toRequirement, type Denial } from "./decide.js";
import { explain, reasonOf } from "./explain.js";
import { isOutage } from "./judge-call.js";
import { askPermissionOn, readResource } from "./permission-on.js";
import { membershipOf, resolveRights, type Rights } from "./rights.js";
import {
  isSome,
  type Access,
  type AuthorizationResource,
  type Requirements,
  type ResourceAccess,
} from "./rule.js";
import { settleKnown, type OrganizationUrl } from "./settlement.js";

/**
 * Resolves what the caller of this request may do: roles, permissions, feature flags and membership, from the token,
 * else from WorkOS (cached briefly). One resolution for each request; what follows is synchronous.
 *
 * Await it, and the functions of yours that call it: an answer that begins before is withheld (500,
 * `answer_withheld`), and so is a successful one after `require()` threw.
 *
 * @throws WorkOSAuthError `no_session` outside an authenticated request; at once, not by its promise. Never rejects
 *   because of an outage: then `has()` is false and `require()` throws `access_unavailable`.
 */
export function getAccess(): Promise<Access> {
  const request = currentRequest("getAccess()");
  let access = resolved.get(request);
  if (access === undefined) {
    access = resolveAccess(request.credential, request.provider, watched(request));
    resolved.set(request, access);
  }
  return request.checks.follow("getAccess()", access);
}

const resolved = new WeakMap<AuthenticatedRequest, Promise<Access>>();

/** Where access comes from. */
export type AccessSources = Pick<
  Provider,
  "memberships" | "featureFlags" | "callers" | "satisfies" | "accessClient" | "reportCheck"
>;

/** What else depends on what access answers; nothing, for a check of the access map. */
export interface AccessWatch {
  /** @throws WorkOSAuthError `no_session` when access must not be used here and now. */
  readonly assertOpen: (asked: string) => void;
  readonly follow: <Result>(work: Promise<Result>) => Promise<Result>;
  readonly useAnswer: () => void;
  /** Receives an error that is about to be thrown. */
  readonly noteThrow: (error: Error) => void;
  readonly report: (denied: DeniedInside) => void;
  readonly urlOf: OrganizationUrl | undefined;
}

const UNWATCHED: AccessWatch = Object.freeze({
  assertOpen: () => undefined,
  follow: <Result>(work: Promise<Result>) => work,
  useAnswer: () => undefined,
  noteThrow: () => undefined,
  report: () => undefined,
  urlOf: undefined,
});

function watched(request: AuthenticatedRequest): AccessWatch {
  const { checks, report, urlOf } = request;
  const noteThrow = (error: unknown): void => {
    markThrown(error);
    checks.noteThrow();
  };
  return {
    assertOpen(asked) {
      try {
        assertSameRequest(request, asked);
      } catch (error) {
        noteThrow(error);
        throw error;
      }
    },
    follow: (work) => checks.follow("access.on()", work),
    useAnswer: () => {
      checks.useAnswer();
    },
    noteThrow,
    report,
    urlOf,
  };
}

/** Resolves what the caller of a credential may do. Never rejects because of an outage. */
export async function resolveAccess(
  credential: VerifiedCredential,
  sources: AccessSources,
  watch: AccessWatch = UNWATCHED,
): Promise<Access> {
  const [rights, member, organizations] = await Promise.all([
    resolveRights(credential, EVERYTHING, sources),
    membershipOf(credential, sources),
    organizationsOf(credential, sources),
  ]);
  return createAccess(credential, sources, { rights, member, organizations }, watch);
}

const EVERYTHING = { needsRoles: true, needsPermissions: true, needsFeatureFlags: true } as const;

/** Where a user belongs who chose no organization: whether one can be chosen is part of what `require()` says. */
function organizationsOf(
  credential: VerifiedCredential,
  { memberships }: AccessSources,
): Known<Organizations> | Promise<Known<Organizations>> {
  if (credential.kind === "api-key" || credential.principal.kind !== "user") return UNKNOWN;
  if (credential.authkit.organizationId !== undefined) return UNKNOWN;
  return memberships.organizationsOf(credential.principal.id);
}

const UNKNOWN = Object.freeze({ kind: "unavailable" } as const);

interface Resolved {
  readonly rights: Rights;
  readonly member: Known<Membership | undefined>;
  readonly organizations: Known<Organizations>;
}

function createAccess(
  credential: VerifiedCredential,
  sources: AccessSources,
  { rights: resolvedRights, member, organizations }: Resolved,
  watch: AccessWatch,
): Access {
  const rights = { ...resolvedRights, hasFlag: memoized(resolvedRights.hasFlag) };
  const membershipId = member.kind === "known" ? member.value?.id : undefined;

  const fail = (error: WorkOSAuthError): never => {
    watch.noteThrow(error);
    throw error;
  };
  const deny = (found: Denial, name: string): never => {
    // The answer has begun, so that nothing is challenged here.
    const denial = settleKnown(credential, found, {
      organizations,
      mayHelp: () => true,
      urlOf: watch.urlOf,
    });
    const detail = explain(denial, { kind: "tool", name }, rights);
    const reason = reasonOf(denial);
    watch.report({ reason, detail });
    return fail(
      denial.reason === "access_unavailable"
        ? new WorkOSAuthError("access_unavailable", detail)
        : new AccessDeniedError(detail, reason, missingIn(denial)),
    );
  };
  const findDenial = (requirements: Requirements, asked: string): Denial | undefined => {
    watch.assertOpen(asked);
    const problems: Problem[] = [];
    const rule = compileRequirements(requirements, "requirements", sources.callers, problems);
    if (problems.length > 0) {
      const all = problems.map(({ message }) => message).join("; ");
      fail(
        new WorkOSAuthError(
          "invalid_rule",
          `${asked} was given requirements that cannot work: ${all}`,
        ),
      );
    }
    const verdict = decide(rule, rights, sources.satisfies);
    if (verdict.kind === "allowed") return undefined;
    // Requirements have no checks.
    return verdict.kind === "denied" ? verdict.denial : { reason: "check_denied" };
  };
  const askOn = async (
    permission: string,
    resource: AuthorizationResource,
  ): Promise<Denial | undefined> => {
    const missing: Denial = { reason: "access_missing", missing: { permissions: [permission] } };
    if (member.kind === "unavailable") return { reason: "access_unavailable" };
    if (membershipId === undefined) return missing;
    try {
      const client = sources.accessClient();
      return (await askPermissionOn(client, membershipId, permission, resource))
        ? undefined
        : missing;
    } catch (error) {
      sources.reportCheck("access.on()", error);
      return { reason: isOutage(error) ? "access_unavailable" : "check_failed" };
    }
  };
  const answerOn = (denial: Denial | undefined): ResourceAccess =>
    Object.freeze({
      get isAllowed() {
        watch.useAnswer();
        return denial === undefined;
      },
      require: () => {
        watch.useAnswer();
        watch.assertOpen("require()");
        if (denial !== undefined) deny(denial, "");
      },
    });

  return Object.freeze({
    caller: callerFrom(credential),
    permissions: rights.permissions ?? NOTHING,
    roles: rights.roles ?? NOTHING,
    membershipId,
    has: (requirements) => findDenial(requirements, "access.has()") === undefined,
    require: (requirements, use) => {
      const denial = findDenial(requirements, "access.require()");
      if (denial !== undefined) deny(denial, nameIn(use));
    },
    on: (permission, given) => {
      watch.assertOpen("access.on()");
      const resource = readResource(given);
      if (typeof permission !== "string" || permission === "" || resource === undefined) {
        return fail(new WorkOSAuthError("invalid_rule", INVALID_QUESTION));
      }
      return watch.follow(askOn(permission, resource).then(answerOn));
    },
  } satisfies Access);
}

const NOTHING: readonly string[] = Object.freeze([]);

const INVALID_QUESTION =
  "access.on() needs the slug of a permission, and a resource: either { resourceId }, or { resourceTypeSlug, resourceExternalId }, each a text of 1 to 1,000 characters";

function nameIn(use: { readonly name?: string } | undefined): string {
  return typeof use?.name === "string" ? use.name : "";
}

/** Asks once for each slug, so that a flag that changes does not change in the middle of a request. */
function memoized(hasFlag: Rights["hasFlag"]): Rights["hasFlag"] {
  const answers = new Map<string, boolean | undefined>();
  return (slug) => {
    if (!answers.has(slug)) answers.set(slug, hasFlag(slug));
    return answers.get(slug);
  };
}

/** What a denial says is missing, as requirements. */
function missingIn(denial: Denial): Partial<Requirements> {
  switch (denial.reason) {
    case "access_missing":
      return denial.missing;
    case "insufficient_scope":
      return isSome(denial.scopes) ? { scopes: denial.scopes } : {};
    case "organization_required":
    case "organization_not_chosen":
      return { organization: toRequirement(denial.organizations) };
    default:
      return {};
  }
}
