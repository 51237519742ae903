import { andThen } from "../standards/and-then.js";
import { createAnswers, type AnswersOptions, type Known } from "./answers.js";
import type { WorkOS } from "./client.js";
import { UnusableAnswerError } from "./failure.js";

/** What a person is in an organization now. Frozen. */
export interface Membership {
  /** `om_…` */
  readonly id: string;
  readonly organizationId: string;
  /** Slugs; the primary role first. */
  readonly roles: readonly string[];
  /** Slugs of what the roles permit. */
  readonly permissions: readonly string[];
}

/** The organizations that a person is an active member of. Frozen. */
export interface Organizations {
  readonly ids: ReadonlySet<string>;
  /** Whether these are all; there may be more than are asked for. */
  readonly isComplete: boolean;
}

/** Who belongs where, asked of the WorkOS API and remembered briefly. */
export interface Memberships {
  /** The active membership, or undefined when there is none; at once when remembered. Never rejects. */
  readonly find: (
    userId: string,
    organizationId: string,
  ) => Known<Membership | undefined> | Promise<Known<Membership | undefined>>;
  /** Where the person has an active membership. Never rejects. */
  readonly organizationsOf: (
    userId: string,
  ) => Known<Organizations> | Promise<Known<Organizations>>;
  /** Forgets a membership that may have changed. */
  readonly forgetMember: (userId: string, organizationId: string) => void;
  /** Forgets the roles of an organization, or of all of them. */
  readonly forgetRoles: (organizationId?: string) => void;
}

/** Asks WorkOS about memberships. */
export interface MembershipDirectory extends Memberships {
  /** Whether nothing is asked now, because WorkOS asked to be left alone. */
  readonly isLeftAlone: () => boolean;
}

/** So long, in milliseconds, a changed role may go unnoticed. */
const FRESH_FOR = 60_000;
/** So long, in milliseconds, the last answer is used while the API cannot be asked. */
const USABLE_FOR = 5 * 60_000;

/** Organizations of a person that are asked for with one question, and the most such questions. */
const PAGE = 100;
const MOST_PAGES = 2;

/** WorkOS writes IDs as prefix and ULID; nothing else may become part of an API path. */
const ID = /^[a-z_]+_[0-9A-Za-z]+$/;

/**
 * Makes a directory of memberships with the permissions of their roles: two
 * questions at most, one for the membership and one for the roles of its
 * organization, which all its members share. Where a user belongs is one question
 * for every hundred organizations, and two at most.
 *
 * Only an active membership counts; an inactive or pending one is none. Does NOT
 * notice a change before the memory ends.
 *
 * @param client must not retry by itself: a caller is waiting.
 * @param report is called when a caller goes without an answer, and when there is one again.
 * @see https://workos.com/docs/reference/authkit/organization-membership/list,
 *   https://workos.com/docs/reference/roles/organization-role/list
 */
export function createMembershipDirectory(
  client: () => WorkOS,
  now: () => number,
  report: (state: "unreachable" | "recovered", detail: string) => void = () => undefined,
): MembershipDirectory {
  const times = { now, freshFor: FRESH_FOR, usableFor: USABLE_FOR };
  const reportOf =
    (what: string): NonNullable<AnswersOptions<never>["report"]> =>
    (state, problem) => {
      report(
        state,
        state === "recovered"
          ? `${what} can be asked for again`
          : `${what} cannot be asked for: the WorkOS API ${problem ?? "gives no answer"}`,
      );
    };

  const permissionsByRole = createAnswers<Granted>({
    ...times,
    report: reportOf("the roles of organizations"),
    most: 1_000,
    absent: new Map(),
    ask: (organizationId) => askRoles(client(), organizationId),
  });
  const members = createAnswers<Member | undefined>({
    ...times,
    report: reportOf("memberships"),
    most: 5_000,
    absent: undefined,
    ask: (key) => {
      const [userId = "", organizationId = ""] = key.split(" ");
      return askMember(client(), userId, organizationId);
    },
  });
  const organizations = createAnswers<Organizations>({
    ...times,
    report: reportOf("the organizations of people"),
    most: 5_000,
    absent: NONE,
    ask: (userId) => askOrganizations(client(), userId),
  });
  const join = createJoin();

  return {
    find(userId, organizationId) {
      if (!ID.test(userId) || !ID.test(organizationId)) return NO_MEMBER;
      const member = members.get(`${userId} ${organizationId}`);
      const granted = permissionsByRole.get(organizationId);
      return andThen(member, (one) =>
        andThen(granted, (other) => join(organizationId, one, other)),
      );
    },
    organizationsOf: (userId) => (ID.test(userId) ? organizations.get(userId) : NOWHERE),
    isLeftAlone: () =>
      [permissionsByRole, members, organizations].some(({ isLeftAlone }) => isLeftAlone()),
    forgetMember(userId, organizationId) {
      members.forget(`${userId} ${organizationId}`);
      organizations.forget(userId);
    },
    forgetRoles(organizationId) {
      if (organizationId === undefined) permissionsByRole.forgetAll();
      else permissionsByRole.forget(organizationId);
    },
  };
}

/** Permissions by role. */
type Granted = ReadonlyMap<string, readonly string[]>;

async function askRoles(workos: WorkOS, organizationId: string): Promise<Granted> {
  const { data } = await workos.authorization.listOrganizationRoles(organizationId);
  return new Map(data.map(({ slug, permissions }) => [slug, Object.freeze([...permissions])]));
}

interface Member {
  readonly id: string;
  readonly roles: readonly string[];
}

/** WorkOS has null for a user without a role, unlike the SDK's type. */
type Nullable<Type, Key extends keyof Type> = Omit<Type, Key> & {
  readonly [Name in Key]?: Type[Name] | null;
};

async function askMember(
  workos: WorkOS,
  userId: string,
  organizationId: string,
): Promise<Member | undefined> {
  const { data, listMetadata } = await workos.userManagement.listOrganizationMemberships({
    userId,
    organizationId,
    statuses: ["active"],
    limit: 1,
  });
  // What was asked for is checked in what came: an API that ignores a filter, or answers another question, grants
  // no rights, and has not said that there are none.
  if (data.some((one) => one.userId !== userId || one.organizationId !== organizationId)) {
    throw new UnusableAnswerError(200, "with memberships of others");
  }
  const membership = data.find(({ status }) => status === "active");
  if (membership === undefined) {
    if (listMetadata.after) throw new UnusableAnswerError(200, "with inactive memberships");
    return undefined;
  }
  const { id, role, roles } = membership as Nullable<typeof membership, "role" | "roles">;
  const slugs = [...(role ? [role] : []), ...(roles ?? [])].map(({ slug }) => slug);
  return Object.freeze({ id, roles: Object.freeze([...new Set(slugs)]) });
}

async function askOrganizations(workos: WorkOS, userId: string): Promise<Organizations> {
  const ids = new Set<string>();
  let after: string | null | undefined;
  for (let page = 0; page < MOST_PAGES && after !== null; page += 1) {
    const { data, listMetadata } = await workos.userManagement.listOrganizationMemberships({
      userId,
      statuses: ["active"],
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    if (data.some((one) => one.userId !== userId)) {
      throw new UnusableAnswerError(200, "with memberships of others");
    }
    for (const one of data) if (one.status === "active") ids.add(one.organizationId);
    after = listMetadata.after ?? null;
  }
  return Object.freeze({ ids, isComplete: after === null });
}

/**
 * Makes what joins a member with what its roles permit: once for as long as both answers are remembered, since every
 * request of the person asks for it.
 */
function createJoin(): (
  organizationId: string,
  member: Known<Member | undefined>,
  granted: Known<Granted>,
) => Known<Membership | undefined> {
  const joined = new WeakMap<Member, { granted: Granted; known: Known<Membership> }>();
  return (organizationId, member, granted) => {
    if (member.kind === "unavailable" || granted.kind === "unavailable") return UNAVAILABLE;
    if (member.value === undefined) return NO_MEMBER;
    const before = joined.get(member.value);
    if (before?.granted === granted.value) return before.known;
    const permissions = member.value.roles.flatMap((slug) => granted.value.get(slug) ?? []);
    const value = Object.freeze({
      ...member.value,
      organizationId,
      permissions: Object.freeze([...new Set(permissions)]),
    });
    const known = Object.freeze({ kind: "known", value } as const);
    joined.set(member.value, { granted: granted.value, known });
    return known;
  };
}

const UNAVAILABLE = Object.freeze({ kind: "unavailable" } as const);
const NO_MEMBER = Object.freeze({ kind: "known", value: undefined } as const);
const NONE: Organizations = Object.freeze({ ids: new Set<string>(), isComplete: true });
const NOWHERE = Object.freeze({ kind: "known", value: NONE } as const);
