import type { Problem } from "../errors.js";
import { readFunctionOptions, type MemberForms } from "../known-members.js";
import { callerFrom } from "../session/caller.js";
import {
  currentRequest,
  findScope,
  type AuthenticatedRequest,
  type Provider,
} from "../session/store.js";
import type { VerifiedCredential } from "../credential/verify-credential.js";
import type { Known } from "../workos/answers.js";
import type { Membership, Organizations } from "../workos/memberships.js";
import { createAccessOn } from "./access-on.js";
import { watchScope, type AccessWatch } from "./access-watch.js";
import { compileRequirements } from "./compile-rule.js";
import { decide, type Denial } from "./decide.js";
import { createRejections } from "./rejections.js";
import { resolveMembership, resolveRights, type Rights } from "./rights.js";
import type { Access, AccessOptions, Requirements } from "./rule.js";

/**
 * Resolves what the caller of this request may do: roles, permissions and membership, from the token, else from WorkOS
 * (cached briefly). One resolution for each request; what follows is synchronous.
 *
 * Await it, and the functions of yours that call it: an answer that begins before is withheld (500,
 * `answer_withheld`), and so is a successful one after `require()` threw.
 *
 * @param options.featureFlags whether `has()` and `require()` shall know feature flags too. The first time it makes
 *   the SDK poll all flags of the environment, every 30 seconds.
 * @throws ConfigurationError for an option that does not exist.
 * @throws WorkOSAuthError `no_session` outside an authenticated request; both at once, not by its promise. Never rejects
 *   because of an outage: then what depends on WorkOS throws `access_unavailable` where it is read.
 * @example
 * ```ts
 * export async function readReport(id: string): Promise<object> {
 *   const access = await getAccess();
 *   access.require({ permissions: ["reports:read"] });
 *   return { id, hasCosts: access.has({ permissions: ["costs:read"] }) };
 * }
 * ```
 */
export function getAccess(options?: AccessOptions): Promise<Access> {
  const scope = findScope();
  // After the answer nothing can be withheld any more, so that the operator has to know.
  if (typeof scope === "object" && !scope.isCheck) scope.checks.noteQuestion();
  const request = currentRequest("getAccess()");
  let source = sources.get(request);
  if (source === undefined) {
    source = createAccessSource(request.credential, request.provider, watchScope(request, request));
    sources.set(request, source);
  }
  return request.checks.follow("getAccess()", source(options));
}

const sources = new WeakMap<AuthenticatedRequest, AccessSource>();

/** Resolves access; the same object for the same options. Does NOT reject because of an outage. */
export type AccessSource = (options?: AccessOptions) => Promise<Access>;

/** Where access comes from. */
export type AccessSources = Pick<
  Provider,
  "memberships" | "featureFlags" | "callers" | "satisfies" | "accessClient" | "reportCheck"
>;

/** Makes the source of what the caller of a credential may do; each part is resolved once, when it is first needed. */
export function createAccessSource(
  credential: VerifiedCredential,
  from: AccessSources,
  watch: AccessWatch,
): AccessSource {
  let resolution: Promise<Resolved> | undefined;
  let plain: Promise<Access> | undefined;
  let flagged: Promise<Access> | undefined;
  const create = async (hasFlag?: Rights["hasFlag"]): Promise<Access> => {
    resolution ??= resolve(credential, from);
    return createAccess(credential, from, { ...(await resolution), hasFlag }, watch);
  };
  const createFlagged = async (): Promise<Access> => {
    resolution ??= resolve(credential, from);
    const { hasFlag } = await resolveRights(credential, FLAGS, from);
    return create(memoized(hasFlag));
  };
  const read = (options: AccessOptions): AccessOptions => {
    try {
      return readFunctionOptions(OPTIONS, options);
    } catch (error) {
      from.reportCheck("getAccess()", error);
      watch.noteThrow(error);
      throw error;
    }
  };
  return (options) => {
    const { featureFlags } = options === undefined ? {} : read(options);
    return featureFlags === true ? (flagged ??= createFlagged()) : (plain ??= create());
  };
}

const FORMS: MemberForms<AccessOptions> = {
  featureFlags: { fits: (value) => typeof value === "boolean", must: "must be true or false" },
};
const OPTIONS = {
  path: "getAccess",
  forms: FORMS,
  refused: "getAccess() cannot resolve access with these options",
};

async function resolve(credential: VerifiedCredential, from: AccessSources): Promise<Resolved> {
  const [rights, member, organizations] = await Promise.all([
    resolveRights(credential, RIGHTS, from),
    resolveMembership(credential, from),
    resolveOrganizations(credential, from),
  ]);
  return { rights, member, organizations };
}

const RIGHTS = { needsRoles: true, needsPermissions: true, needsFeatureFlags: false } as const;
const FLAGS = { needsRoles: false, needsPermissions: false, needsFeatureFlags: true } as const;

/** Where a user belongs who chose no organization: whether one can be chosen is part of the message of `require()`. */
function resolveOrganizations(
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
  resolved: Resolved & { readonly hasFlag: Rights["hasFlag"] | undefined },
  watch: AccessWatch,
): Access {
  const { member, organizations, hasFlag } = resolved;
  const rights = { ...resolved.rights, hasFlag: hasFlag ?? (() => undefined) };
  const caller = callerFrom(credential);
  const membershipId = member.kind === "known" ? member.value?.id : undefined;
  const rejections = createRejections(watch, {
    credential,
    rights,
    organizations,
    reportCheck: sources.reportCheck,
  });
  const { refuse, deny } = rejections;
  /** What WorkOS did not answer is neither yes nor no: `!has(…)` would let pass who may not. */
  const assertKnown = (isKnown: boolean): void => {
    if (!isKnown) deny({ reason: "access_unavailable" }, "");
  };
  const findDenial = (requirements: Requirements, asked: string): Denial | undefined => {
    watch.assertOpen(asked);
    const problems: Problem[] = [];
    const rule = compileRequirements(requirements, "requirements", sources.callers, problems);
    if (problems.length > 0) {
      const all = problems.map(({ message }) => message).join("; ");
      refuse(asked, `was given requirements that cannot work: ${all}`);
    }
    if (hasFlag === undefined && rule.alternatives.some((one) => one.featureFlags.length > 0)) {
      refuse(asked, FLAGS_UNRESOLVED);
    }
    const verdict = decide(rule, rights, sources.satisfies);
    if (verdict.kind === "allowed") return undefined;
    // Requirements have no checks.
    return verdict.kind === "denied" ? verdict.denial : { reason: "check_denied" };
  };

  return Object.freeze({
    get caller() {
      watch.assertOpen("access.caller");
      return caller;
    },
    get permissions() {
      watch.assertOpen("access.permissions");
      assertKnown(rights.permissions !== undefined);
      return rights.permissions ?? NOTHING;
    },
    get roles() {
      watch.assertOpen("access.roles");
      assertKnown(rights.roles !== undefined);
      return rights.roles ?? NOTHING;
    },
    get membershipId() {
      watch.assertOpen("access.membershipId");
      assertKnown(member.kind === "known");
      return membershipId;
    },
    has: (requirements) => {
      const denial = findDenial(requirements, "access.has()");
      assertKnown(denial?.reason !== "access_unavailable");
      return denial === undefined;
    },
    require: (requirements, use) => {
      const denial = findDenial(requirements, "access.require()");
      if (denial !== undefined) deny(denial, nameIn(use));
    },
    on: createAccessOn(member, sources, watch, rejections),
  } satisfies Access);
}

const FLAGS_UNRESOLVED =
  "was given featureFlags, which are not resolved: call getAccess({ featureFlags: true })";

const NOTHING: readonly string[] = Object.freeze([]);

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
