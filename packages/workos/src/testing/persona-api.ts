import type { ConfigurationError } from "../errors.js";
import { personaId, SOME_CLIENT, toCredential, type Persona } from "./persona.js";
import { createGap, isPermittedOn, MISSING, toProfile } from "./persona-workos.js";

type Json = Readonly<Record<string, unknown>>;

/** What the API is asked, as far as an answer depends on it. */
interface Asked {
  readonly query: URLSearchParams;
  readonly body: Json;
}

type Answer = (asked: Asked) => Json | ConfigurationError;

/** What of the persona's server the API knows. */
export interface PersonaServer {
  readonly resource: string;
  /** The value of the persona's API key. */
  readonly apiKey: string;
}

/**
 * Makes what answers as the WorkOS API of an environment in which there is one persona and nothing else.
 *
 * @param onGap receives the error about a question that the persona has no answer to.
 * @returns answers a request; one that the persona has no answer to with 400.
 */
export function createPersonaApi(
  persona: Persona,
  server: PersonaServer,
  onGap: (gap: ConfigurationError) => void,
): (request: Request) => Promise<Response> {
  const answers = createAnswers(persona, server);
  return async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    const call = `${request.method} ${pathname}`;
    const text = await request.text();
    const found = answers.find(([pattern]) => pattern.test(call))?.[1];
    const answer =
      found?.({ query: searchParams, body: text === "" ? {} : (JSON.parse(text) as Json) }) ??
      createGap(
        "workos",
        `has no answer to ${call} on the wire: use runAs() or the emulator for it`,
      );
    if (!(answer instanceof Error)) return Response.json(answer);
    onGap(answer);
    return Response.json({ code: "persona_gap", message: answer.message }, { status: 400 });
  };
}

function createAnswers(
  persona: Persona,
  { resource, apiKey }: PersonaServer,
): readonly (readonly [RegExp, Answer])[] {
  const { user, permissionsOn, claims, featureFlags = [] } = persona;
  return [
    [
      /^GET \/user_management\/organization_memberships$/,
      ({ query }) => listMemberships(persona, query),
    ],
    [/^GET \/authorization\/organizations\/[^/]+\/roles$/, () => listRoles(persona)],
    [
      // An environment always has a flag, so that no flag of the persona is known to be on.
      /^GET \/sdk\/feature-flags$/,
      () => ({
        "persona-none": toFlag("persona-none", false),
        ...Object.fromEntries(featureFlags.map((slug) => [slug, toFlag(slug, true)])),
      }),
    ],
    [
      /^POST \/api_keys\/validations$/,
      ({ body }) => ({ api_key: body["value"] === apiKey ? describeKey(persona) : null }),
    ],
    [
      /^GET \/user_management\/users\/[^/]+\/authorized_applications$/,
      () =>
        list([
          {
            object: "authorized_connect_application",
            id: "authorized_application_EXAMPLE",
            application: {
              object: "connect_application",
              client_id: claims?.["client_id"] ?? SOME_CLIENT,
            },
          },
        ]),
    ],
    [
      /^GET \/user_management\/users\/[^/]+$/,
      () =>
        user === undefined
          ? createGap(...MISSING["userManagement.getUser"])
          : toSnakeCase({ ...toProfile(persona) }),
    ],
    [
      /^POST \/authorization\/organization_memberships\/[^/]+\/check$/,
      ({ body }) =>
        permissionsOn === undefined
          ? createGap(...MISSING["authorization.check"])
          : { authorized: isPermittedOn(permissionsOn, toCamelCase(body)) },
    ],
    [
      /^GET \/user_management\/authkit_oauth_resources$/,
      () => list([{ object: "authkit_oauth_resource", id: "resource_EXAMPLE", uri: resource }]),
    ],
    [/^GET \/events$/, () => list([])],
    [/^POST \/audit_logs\/events$/, () => ({ success: true })],
  ];
}

function list(data: readonly Json[]): Json {
  return { object: "list", data, list_metadata: {} };
}

/** A role carries permissions, as in WorkOS: the first one, and a persona without any has the default one. */
function rolesOf({ roles, permissions = [] }: Persona): readonly string[] {
  return roles?.length ? roles : permissions.length > 0 ? ["member"] : [];
}

function listRoles(persona: Persona): Json {
  const { permissions = [] } = persona;
  return list(
    rolesOf(persona).map((slug, index) => ({
      object: "role",
      id: `role_${slug}`,
      slug,
      name: slug,
      permissions: index === 0 ? permissions : [],
    })),
  );
}

function listMemberships(persona: Persona, query: URLSearchParams): Json {
  const { organizationId, organizations = [] } = persona;
  const own = organizationId === undefined ? [] : [organizationId];
  const wanted = query.get("organization_id");
  const ids = [...new Set([...own, ...organizations])];
  return list(
    ids
      .filter((id) => wanted === null || id === wanted)
      .map((id) => {
        const roles = id === organizationId ? rolesOf(persona).map((slug) => ({ slug })) : [];
        return {
          object: "organization_membership",
          id: `om_${id}`,
          user_id: personaId(persona),
          organization_id: id,
          status: "active",
          role: roles[0] ?? null,
          roles,
        };
      }),
  );
}

function describeKey(persona: Persona): Json | null {
  const credential = toCredential(persona);
  if (credential.kind !== "api-key") return null;
  const { id, name, owner, permissions } = credential.key;
  return {
    object: "api_key",
    id,
    name,
    owner: { type: owner.kind, id: owner.id },
    permissions,
  };
}

function toFlag(slug: string, isOn: boolean): Json {
  return { slug, enabled: isOn, default_value: isOn, targets: { users: [], organizations: [] } };
}

function toSnakeCase(members: Json): Json {
  return rename(members, (name) => name.replaceAll(/[A-Z]/g, (one) => `_${one.toLowerCase()}`));
}

function toCamelCase(members: Json): Json {
  return rename(members, (name) =>
    name.replaceAll(/_([a-z])/g, (_, one: string) => one.toUpperCase()),
  );
}

function rename(members: Json, toName: (name: string) => string): Json {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [toName(name), value]));
}
