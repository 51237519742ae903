import type { RightsSources } from "../access/rights.js";
import { ORGANIZATION_ID, readAuthKitClaims, type OrganizationId } from "../authkit/claims.js";
import { problemAt, type Problem } from "../errors.js";
import { readFormedMembers, type MemberForms } from "../known-members.js";
import type { FeatureFlagSlug, PermissionSlug, RoleSlug } from "../session/register.js";
import type { AccessTokenClaims } from "../standards/access-token.js";
import { readList } from "../standards/members.js";
import type { VerifiedCredential } from "../token/credential-verifier.js";

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
  readonly roles?: readonly RoleSlug[];
  /** Those that the roles give, too: WorkOS is not asked. */
  readonly permissions?: readonly PermissionSlug[];
  readonly featureFlags?: readonly FeatureFlagSlug[];
  /** Granted OAuth scopes. */
  readonly scopes?: readonly string[];
  /** Further claims of the access token, for checks that read them. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

const isString = (value: unknown): value is string => typeof value === "string" && value !== "";
const isOrganization = (value: unknown): boolean => isString(value) && ORGANIZATION_ID.test(value);
const listOf =
  (fits: (member: unknown) => boolean) =>
  (value: unknown): boolean =>
    Array.isArray(value) && readList(value)?.every(fits) === true;

const FORMS: MemberForms<Persona> = {
  kind: {
    fits: (value) => isString(value) && ["user", "application", "api-key"].includes(value),
    must: 'must be "user", "application" or "api-key"',
  },
  id: {
    fits: (value) => isString(value) && /^(user|client|api_key)_[0-9A-Za-z]+$/.test(value),
    must: "must be an ID: user_…, client_… or api_key_…, by its kind",
  },
  organizationId: { fits: isOrganization, must: "must be the ID of an organization, org_…" },
  organizations: {
    fits: listOf(isOrganization),
    must: "must be a list of IDs of organizations, org_…",
  },
  roles: { fits: listOf(isString), must: "must be a list of role slugs" },
  permissions: { fits: listOf(isString), must: "must be a list of permission slugs" },
  featureFlags: { fits: listOf(isString), must: "must be a list of feature flag slugs" },
  scopes: { fits: listOf(isString), must: "must be a list of OAuth scopes" },
  claims: {
    fits: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
    must: "must be an object of claims",
  },
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
  if (
    problems.length === before &&
    kind !== "api-key" &&
    !readAuthKitClaims(claimsOf(persona)).ok
  ) {
    problems.push(problemAt(`${path}.claims`, "must have AuthKit's claims in AuthKit's form"));
  }
  return persona;
}

const PREFIXES = { user: "user_", application: "client_", "api-key": "api_key_" } as const;

/** Where a persona that has an organization without naming it belongs. */
export const SOME_ORGANIZATION: OrganizationId = "org_EXAMPLE";

/** Builds what the guard would have verified of a persona's token or key. */
export function credentialOf(persona: Persona): VerifiedCredential {
  const { kind = "user", organizationId, permissions = [] } = persona;
  const id = idOf(persona);
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
  const claims = claimsOf(persona);
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

function idOf({ kind = "user", id }: Persona): string {
  return id ?? `${PREFIXES[kind]}EXAMPLE`;
}

/** The claims that AuthKit would write into a persona's access token. */
function claimsOf(persona: Persona): AccessTokenClaims {
  const { kind = "user", organizationId, roles, permissions, scopes = [] } = persona;
  const id = idOf(persona);
  return {
    iss: "https://persona.authkit.app",
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
export function sourcesOf(persona: Persona): RightsSources {
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
