import { readResource } from "../access/permission-on.js";
import type { RightsSources } from "../access/rights.js";
import type { AuthorizationResource } from "../access/rule.js";
import { ORGANIZATION_ID, readAuthKitClaims, type OrganizationId } from "../authkit/claims.js";
import { problemAt, type Problem } from "../errors.js";
import {
  readFormedMembers,
  readKnownMembers,
  type MemberForms,
  fitsList,
} from "../known-members.js";
import type { FeatureFlagSlug, PermissionSlug, RoleSlug } from "../session/register.js";
import type { AccessTokenClaims } from "../standards/access-token.js";
import { NO_AGENTS_YET } from "../standards/caller-kind.js";
import type { VerifiedCredential } from "../credential/verify-credential.js";
import type { User, WorkOS } from "../workos/client.js";

/** A caller that a test or a table asks about: what it has, and nothing else. */
export interface Persona {
  /** Default `"user"`. */
  readonly kind?: "user" | "application" | "api-key";
  /** `user_…`, `client_…` or `api_key_…`. */
  readonly id?: string;
  /** The organization chosen at sign-in, or that of the machine; an API key always has one. */
  readonly organizationId?: OrganizationId;
  /** The organizations that a user is a member of beside that one: any of them could be chosen. Default none. */
  readonly organizations?: readonly OrganizationId[];
  /** Slugs of the roles in the organization. */
  readonly roles?: readonly RoleSlug[];
  /** Those that the roles give, too: WorkOS is not asked. */
  readonly permissions?: readonly PermissionSlug[];
  /** Slugs of the feature flags that are on. */
  readonly featureFlags?: readonly FeatureFlagSlug[];
  /** Granted OAuth scopes. */
  readonly scopes?: readonly string[];
  /** Further claims of the access token, for checks that read them. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** What `getUser()` returns of a user; members that are left out are null, false or an example. */
  readonly user?: Profile;
  /** What a user may do on resources of WorkOS FGA (`access.on()`), and on no other; needs an `organizationId`. */
  readonly permissionsOn?: readonly ResourcePermissions[];
  /** What `getClient()` returns: a WorkOS client, or an object with the methods that the code calls. */
  readonly workos?: WorkOSStub;
}

/** A user's profile without the ID, which is the persona's. */
export type Profile = Partial<Omit<User, "object" | "id">>;

/** The permissions on one resource. */
export type ResourcePermissions = AuthorizationResource & {
  readonly permissions: readonly PermissionSlug[];
};

/** Some methods of the WorkOS client, by the names that they have there. */
export type WorkOSStub = {
  readonly [Part in keyof WorkOS]?: {
    readonly [Method in keyof WorkOS[Part]]?: WorkOS[Part][Method] extends (
      ...parameters: infer Parameters
    ) => unknown
      ? (...parameters: Parameters) => unknown
      : unknown;
  };
};

const isString = (value: unknown): value is string => typeof value === "string" && value !== "";
const isOrganization = (value: unknown): boolean => isString(value) && ORGANIZATION_ID.test(value);
const isObject = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const FORMS: MemberForms<Persona> = {
  kind: {
    fits: (value) => isString(value) && ["user", "application", "api-key"].includes(value),
    must: `must be "user", "application" or "api-key"; ${NO_AGENTS_YET}`,
  },
  id: {
    fits: (value) => isString(value) && /^(user|client|api_key)_[0-9A-Za-z]+$/.test(value),
    must: "must be an ID: user_…, client_… or api_key_…, by its kind",
  },
  organizationId: { fits: isOrganization, must: "must be the ID of an organization, org_…" },
  organizations: {
    fits: fitsList(isOrganization),
    must: "must be a list of IDs of organizations, org_…",
  },
  roles: { fits: fitsList(isString), must: "must be a list of role slugs" },
  permissions: { fits: fitsList(isString), must: "must be a list of permission slugs" },
  featureFlags: { fits: fitsList(isString), must: "must be a list of feature flag slugs" },
  scopes: { fits: fitsList(isString), must: "must be a list of OAuth scopes" },
  claims: { fits: isObject, must: "must be an object of claims" },
  user: { fits: isObject, must: 'must be an object such as { email: "ada@acme.test" }' },
  permissionsOn: {
    fits: fitsList(isObject),
    must: 'must be a list such as [{ resourceId: "…", permissions: ["…"] }]',
  },
  workos: {
    fits: isObject,
    must: "must be a WorkOS client, or an object with some of its methods",
  },
};

/** A profile, for what a persona leaves out. */
export const SOME_USER: Required<Profile> = {
  email: "person@example.com",
  emailVerified: false,
  profilePictureUrl: null,
  name: null,
  firstName: null,
  lastName: null,
  lastSignInAt: null,
  locale: null,
  createdAt: "2026-01-01T00:00:00.000Z",
  updatedAt: "2026-01-01T00:00:00.000Z",
  externalId: null,
  metadata: {},
};

/**
 * Checks a persona, which a file may have, and completes it.
 *
 * @param problems takes one for each unknown member and each value of another form.
 */
export function readPersona(given: unknown, path: string, problems: Problem[]): Persona {
  const before = problems.length;
  const form = 'must be an object such as { roles: ["admin"] }';
  const members = readFormedMembers({ path, forms: FORMS, form }, given, problems);
  if (members === undefined) return {};
  const persona = members as Persona;
  const { kind = "user", id } = persona;
  if (typeof id === "string" && !id.startsWith(PREFIXES[kind] ?? "")) {
    problems.push(problemAt(`${path}.id`, `must begin with ${PREFIXES[kind]}, being ${kind}`));
  }
  if (kind !== "user" && persona.roles !== undefined) {
    problems.push(problemAt(`${path}.roles`, "are for users: machines have permissions alone"));
  }
  if (problems.length === before) problems.push(...problemsOfAnswers(persona, path));
  if (
    problems.length === before &&
    kind !== "api-key" &&
    !readAuthKitClaims(toClaims(persona)).ok
  ) {
    problems.push(problemAt(`${path}.claims`, "must have AuthKit's claims in AuthKit's form"));
  }
  return persona;
}

/**
 * Checks a persona that is to call: as {@link readPersona} does, and that a user with roles or permissions has the
 * organization that gives them, since tokens of AuthKit do not carry them.
 */
export function readCallingPersona(given: unknown, problems: Problem[]): Persona {
  const before = problems.length;
  const persona = readPersona(given, "persona", problems);
  const { kind = "user", organizationId, roles, permissions } = persona;
  const isMember = kind !== "user" || organizationId !== undefined;
  if (problems.length === before && !isMember && (roles ?? permissions) !== undefined) {
    problems.push(
      problemAt(
        "persona.organizationId",
        "is needed with roles or permissions: WorkOS gives them to members of an organization",
      ),
    );
  }
  return persona;
}

/** What is wrong with what a persona answers in the place of WorkOS. */
function problemsOfAnswers(persona: Persona, path: string): readonly Problem[] {
  const { kind = "user", user, permissionsOn = [], organizationId } = persona;
  const problems: Problem[] = [];
  if (user !== undefined) {
    readKnownMembers({ path: `${path}.user`, names: Object.keys(SOME_USER) }, user, problems);
    if (kind !== "user") problems.push(problemAt(`${path}.user`, "is for users"));
  }
  for (const [index, given] of permissionsOn.entries()) {
    const at = `${path}.permissionsOn[${index}]`;
    const { permissions } = readKnownMembers({ path: at, names: RESOURCE }, given, problems) ?? {};
    if (readResource(given) === undefined || !fitsList(isString)(permissions)) {
      problems.push(
        problemAt(
          at,
          "must have permissions, and either resourceId or resourceTypeSlug with resourceExternalId",
        ),
      );
    }
  }
  if (persona.permissionsOn !== undefined && (kind !== "user" || organizationId === undefined)) {
    problems.push(
      problemAt(
        `${path}.permissionsOn`,
        "is for users with an organizationId: WorkOS asks members",
      ),
    );
  }
  return problems;
}

const RESOURCE = ["resourceId", "resourceTypeSlug", "resourceExternalId", "permissions"];

const PREFIXES = { user: "user_", application: "client_", "api-key": "api_key_" } as const;

/** Where a persona that has an organization without naming it belongs. */
export const SOME_ORGANIZATION: OrganizationId = "org_EXAMPLE";

/** Builds what the guard would have verified of a persona's token or key. */
export function toCredential(persona: Persona): VerifiedCredential {
  const { kind = "user", organizationId, permissions = [] } = persona;
  const id = personaId(persona);
  if (kind === "api-key") {
    const owner = organizationId ?? SOME_ORGANIZATION;
    return {
      kind,
      key: {
        id,
        name: "a key of a persona",
        owner: { kind: "organization", id: owner },
        organizationId: owner,
        permissions,
      },
    };
  }
  const claims = toClaims(persona);
  const authkit = readAuthKitClaims(claims);
  if (!authkit.ok) throw new TypeError("the persona was not checked");
  return {
    kind: "access-token",
    claims,
    authkit: authkit.value,
    principal: authkit.value.principal,
    audience: "resource",
    signedBy: UNSIGNED,
  };
}

export function personaId({ kind = "user", id }: Persona): string {
  return id ?? `${PREFIXES[kind]}EXAMPLE`;
}

/** How long the access token of a persona is good, in seconds: as AuthKit's. */
const TOKEN_SECONDS = 300;

/** A persona with what its access token has: of a user neither roles nor permissions, since AuthKit's has none. */
export function asToken(persona: Persona): Persona {
  const { roles: _roles, permissions: _permissions, ...others } = persona;
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iat, exp: iat + TOKEN_SECONDS, ...persona.claims };
  return { ...((persona.kind ?? "user") === "user" ? others : persona), claims };
}

/** The MCP client that a persona uses on the wire, unless its `claims.client_id` says another. */
export const SOME_CLIENT = "https://client.example.com/metadata.json";

/** The authorization server of every persona. */
export const PERSONA_ISSUER = "https://persona.authkit.app";

/** The claims that AuthKit would write into a persona's access token. */
export function toClaims(persona: Persona): AccessTokenClaims {
  const { kind = "user", organizationId, roles, permissions, scopes = [] } = persona;
  const id = personaId(persona);
  return {
    iss: PERSONA_ISSUER,
    aud: "https://persona.example.com/mcp",
    iat: 0,
    exp: 300,
    ...persona.claims,
    sub: id,
    ...(kind === "user" ? { sid: "app_consent_EXAMPLE" } : { client_id: id }),
    ...(organizationId === undefined ? {} : { org_id: organizationId }),
    ...(scopes.length === 0 ? {} : { scope: scopes.join(" ") }),
    ...(roles === undefined ? {} : { roles }),
    ...(permissions === undefined ? {} : { permissions }),
  };
}

/** No key signed a persona's token, and nothing that decides about access reads one. */
const UNSIGNED = Object.freeze({}) as Extract<
  VerifiedCredential,
  { readonly kind: "access-token" }
>["signedBy"];

/** Answers what WorkOS would be asked of a persona. */
export function toSources(persona: Persona): RightsSources {
  const { organizationId, organizations = [], roles = [], permissions = [] } = persona;
  const { featureFlags = [] } = persona;
  const own = organizationId === undefined ? [] : [organizationId];
  const nothing = (): void => undefined;
  return {
    memberships: {
      find: (_, organization) => ({
        kind: "known",
        value:
          organization === organizationId
            ? { id: "om_EXAMPLE", organizationId: organization, roles, permissions }
            : undefined,
      }),
      organizationsOf: () => ({
        kind: "known",
        value: { ids: new Set([...own, ...organizations]), isComplete: true },
      }),
      forgetMember: nothing,
      forgetRoles: nothing,
    },
    featureFlags: {
      isEnabled: (slug) => featureFlags.some((one) => one === slug),
      close: nothing,
    },
  };
}
