import { ORGANIZATION_ID } from "../authkit/claims.js";
import { problemAt, unknownAt, type Problem } from "../errors.js";
import type { FeatureFlagSlug, PermissionSlug, RoleSlug } from "../session/register.js";
import type { Session } from "../session/session.js";
import { readList, readMembers } from "../standards/members.js";
import { isScope } from "../standards/scope.js";
import type { CallerKind } from "../token/caller-kind.js";
import type { WorkOS } from "../workos/client.js";

/** What a caller must have; everything that is named is needed. */
export interface Requirements {
  /** Slugs of WorkOS permissions, all of them: from the token, else from the caller's roles. */
  readonly permissions?: readonly PermissionSlug[];
  /** Slugs of roles, all of them; for any of several, write several requirements in a list. */
  readonly roles?: readonly RoleSlug[];
  /** OAuth scopes, all of them; what is missing is asked for by a step-up challenge. */
  readonly scopes?: readonly string[];
  /** The organization chosen at sign-in: this one (`org_…`), one of these, or `"some"`. */
  readonly organization?: string | readonly string[];
  /** Slugs of WorkOS feature flags, all on for the user or the organization. */
  readonly featureFlags?: readonly FeatureFlagSlug[];
  /** Kinds of caller, any of them. */
  readonly callers?: readonly CallerKind[];
  /**
   * Your own check, asked last and for people only; anything but `true` denies, and so does an
   * exception, or no answer within ten seconds.
   */
  readonly check?: Check;
}

/**
 * Judges one call by what it is about.
 *
 * Asked once for every name that the rules must allow, and each answer must be `true`: a resource has
 * one for its URI as sent, one for the URI that a server reads, one without its fragment.
 */
export type Check = (session: Session, call: Call) => boolean | Promise<boolean>;

/** What a {@link Check} gets to know of a call. */
export interface Call {
  readonly kind: "tool" | "prompt" | "resource";
  /**
   * Name of the tool or prompt; URI of the resource, which may be a tool's UI; text of the template
   * whose variables are completed.
   */
  readonly name: string;
  /** A copy of the arguments, not yet held against the tool's schema; empty for a resource. */
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Acts with the environment's API key, not with the caller's rights. */
  readonly workos: WorkOS;
  /**
   * The caller's active membership in the session's organization (`om_…`), if there is one. Rejects
   * with the code `access_unavailable` when WorkOS cannot be asked; let it, and the call is answered
   * with 503.
   */
  readonly membershipId: () => Promise<string | undefined>;
}

/** Who may: anybody who is authenticated, who has all of this, or who has all of any of these. */
export type Rule = "authenticated" | Requirements | readonly Requirements[];

/** A rule that has been checked. */
export interface CompiledRule {
  /** Where it stands in the configuration, for logs: `access.tools["report_*"]`. */
  readonly path: string;
  /** None for "authenticated". */
  readonly alternatives: readonly CompiledRequirements[];
}

export interface CompiledRequirements {
  readonly permissions: readonly string[];
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  readonly featureFlags: readonly string[];
  /** None when any will do, or none at all. */
  readonly organizations: readonly string[];
  readonly needsOrganization: boolean;
  /** None when every kind may. */
  readonly callers: readonly CallerKind[];
  readonly check: Check | undefined;
}

const KEYS: Readonly<Record<keyof Requirements, true>> = {
  permissions: true,
  roles: true,
  scopes: true,
  organization: true,
  featureFlags: true,
  callers: true,
  check: true,
};

const CALLERS: ReadonlySet<unknown> = new Set<CallerKind>(["user", "application", "api-key"]);
const SLUG = /^[^\s,]{1,200}$/;

/**
 * Checks a rule and completes it.
 *
 * Finds unknown keys, empty lists, values of the wrong form, and requirements that
 * nobody can meet, such as the role of an API key. Does NOT ask WorkOS whether a
 * permission, role or flag exists.
 *
 * @param accepted the kinds of caller that the server accepts at all.
 * @param problems takes one sentence for each mistake, with the rule's path.
 */
export function compileRule(
  rule: unknown,
  path: string,
  accepted: ReadonlySet<CallerKind>,
  problems: Problem[],
): CompiledRule {
  const alternatives: CompiledRequirements[] = [];
  if (Array.isArray(rule)) {
    const listed = readList(rule);
    if (listed === undefined) {
      problems.push(problemAt(path, "must be a list without holes and without members of its own"));
    } else if (listed.length === 0) {
      problems.push(problemAt(path, "is an empty list, which no caller can meet"));
    }
    for (const [index, one] of (listed ?? []).entries()) {
      alternatives.push(compileRequirements(one, `${path}[${index}]`, accepted, problems));
    }
  } else if (rule !== "authenticated") {
    alternatives.push(compileRequirements(rule, path, accepted, problems));
  }
  return Object.freeze({ path, alternatives });
}

function compileRequirements(
  given: unknown,
  path: string,
  accepted: ReadonlySet<CallerKind>,
  problems: Problem[],
): CompiledRequirements {
  const isObject = typeof given === "object" && given !== null && !Array.isArray(given);
  // Inherited members and those of getters count: without them a rule would ask for less than was written.
  const read = isObject ? readMembers(given, Object.keys(KEYS)) : undefined;
  const asked = read ?? {};
  if (!isObject) {
    problems.push(
      problemAt(path, 'must be "authenticated", requirements, or a list of requirements'),
    );
  } else if (read === undefined) {
    problems.push(problemAt(path, "cannot be read: a getter or a proxy throws"));
  } else if (Object.keys(asked).length === 0) {
    problems.push(problemAt(path, 'asks for nothing; write "authenticated" if every caller may'));
  }
  for (const key of Object.keys(asked)) {
    if (!Object.hasOwn(KEYS, key)) {
      problems.push(unknownAt(path, key, Object.keys(KEYS)));
    } else if (asked[key] === undefined) {
      // Dropped, it would leave a rule that asks for less than was written.
      problems.push(
        problemAt(`${path}.${key}`, "is undefined; leave it out, or is a variable not set?"),
      );
    }
  }
  const list = (key: keyof Requirements, isGood: (one: string) => boolean, what: string) => {
    if (asked[key] === undefined) return [];
    const listed = readList(asked[key]) ?? [];
    const isFitting = (one: unknown): one is string => typeof one === "string" && isGood(one);
    if (listed.length > 0 && listed.every(isFitting)) return Object.freeze([...new Set(listed)]);
    problems.push(problemAt(`${path}.${key}`, `must be a list of ${what}, with at least one`));
    return [];
  };

  const organization = asked["organization"];
  const isUnnamed = organization === "some" || organization === undefined;
  const listed = isUnnamed
    ? []
    : Array.isArray(organization)
      ? (readList(organization) ?? [])
      : [organization];
  const organizations = listed.filter(
    (one): one is string => typeof one === "string" && ORGANIZATION_ID.test(one),
  );
  if (!isUnnamed && (organizations.length !== listed.length || listed.length === 0)) {
    problems.push(
      problemAt(`${path}.organization`, 'must be "some", an ID (org_…) or a list of IDs'),
    );
  }
  const { check } = asked;
  if (check !== undefined && typeof check !== "function") {
    problems.push(problemAt(`${path}.check`, "must be a function"));
  }
  const compiled: CompiledRequirements = {
    permissions: list("permissions", (one) => SLUG.test(one), "permission slugs"),
    roles: list("roles", (one) => SLUG.test(one), "role slugs"),
    scopes: list("scopes", isScope, "OAuth scopes (RFC 6749 section 3.3)"),
    featureFlags: list("featureFlags", (one) => SLUG.test(one), "feature flag slugs"),
    organizations: Object.freeze(organizations),
    needsOrganization: organization !== undefined,
    callers: list(
      "callers",
      (one) => CALLERS.has(one),
      "user, application, api-key",
    ) as readonly CallerKind[],
    check: typeof check === "function" ? (check as Check) : undefined,
  };
  problems.push(...unmeetable(compiled, path, accepted));
  return Object.freeze(compiled);
}

/** What no caller that the server accepts can ever have. */
function unmeetable(
  { roles, scopes, callers, check }: CompiledRequirements,
  path: string,
  accepted: ReadonlySet<CallerKind>,
): Problem[] {
  const problems: Problem[] = [];
  const wanted = callers.length === 0 ? [...accepted] : callers;
  const possible = wanted.filter((caller) => accepted.has(caller));
  if (possible.length === 0) {
    problems.push(
      problemAt(
        `${path}.callers`,
        `names only kinds of caller that the server turns away; add ${wanted.join(" or ")} to callers`,
      ),
    );
    return problems;
  }
  const only = (...kinds: readonly CallerKind[]): boolean =>
    possible.every((caller) => kinds.includes(caller));
  if (roles.length > 0 && only("application", "api-key")) {
    problems.push(
      problemAt(
        path,
        "asks machines for a role, which they do not have; leave it out of what is for them, " +
          "and ask API keys for permissions",
      ),
    );
  }
  if (scopes.length > 0 && only("api-key")) {
    problems.push(
      problemAt(path, "asks API keys for scopes, which they do not have; use permissions"),
    );
  }
  if (check !== undefined && only("application", "api-key")) {
    problems.push(
      problemAt(`${path}.check`, "is asked for people only, and this rule is for machines"),
    );
  }
  return problems;
}
