import { EmulatorError } from "../emulator-error.js";
import type { Environment, User } from "../environment/environment.js";
import { suggest } from "../input/nearest.js";
import { isPositiveInteger } from "../input/values.js";
import type { AuthorizationServer } from "../oauth/authorization-server.js";
import { resolveAudience } from "../oauth/resource-indicator.js";
import { supportedScopes } from "../oauth/scope.js";
import type { SeedOrganization } from "../seed/seed.js";
import { userClaims } from "../tokens/access-token.js";
import { readArgument } from "./arguments.js";
import { checkMembership, findOrganization, findUser } from "./lookup.js";
import type { TestClient } from "./test-client.js";

/** Whom a token is for; what is left out is as a client that registered itself gets it. */
export interface TokenInput {
  /** A user's e-mail address, full name or ID; the first user when left out. */
  readonly as?: string | undefined;
  /** An organization's name or ID; when left out, the token names none. */
  readonly organization?: string | undefined;
  /** A registered resource indicator; when left out, the default one or the environment client ID. */
  readonly resource?: string | undefined;
  /** Of the scopes that AuthKit has; `openid profile email` when left out. */
  readonly scopes?: readonly string[] | undefined;
  /** The emulator's access token lifetime when left out. */
  readonly expiresInSeconds?: number | undefined;
}

const DEFAULT_SCOPES: readonly string[] = ["openid", "profile", "email"];

/**
 * Issues an access token as AuthKit would after a sign-in, without one.
 *
 * The user's consent is recorded, so that a server that asks for authorized applications finds it.
 *
 * @throws {EmulatorError} for a user, organization, resource or scope that AuthKit would issue no token for.
 */
export async function issueToken(
  server: AuthorizationServer,
  testClient: TestClient,
  input: TokenInput,
): Promise<string> {
  const { environment, issuer, now } = server;
  const { as, organization, resource, scopes, expiresInSeconds } = readTokenInput(input);
  const user = as === undefined ? firstUser(environment) : findUser(environment, as);
  const chosen =
    organization === undefined
      ? undefined
      : findMemberOrganization(environment, user, organization);
  const client = testClient();
  const audience = chooseAudience(server, client, resource);
  const consentId = server.consents.give({
    userId: user.id,
    client,
    organizationId: chosen?.id,
    scopes,
    resource: audience,
  });
  const claims = userClaims(
    {
      audience,
      userId: user.id,
      clientId: client.id,
      organizationId: chosen?.id,
      consentId,
      scope: scopes.join(" "),
    },
    { issuer: issuer(), now, lifetime: expiresInSeconds ?? server.accessTokenLifetime },
  );
  return server.keys.sign(claims);
}

/** Finds the user that comes first in the environment. @throws {EmulatorError} when it has none. */
export function firstUser({ users }: Environment): User {
  const [user] = users.all();
  if (user !== undefined) return user;
  throw new EmulatorError("unknown_user", [
    { path: "as", message: "The environment has no users, so a token can be for none." },
  ]);
}

/** Finds an organization that the user may act in. */
export function findMemberOrganization(
  environment: Environment,
  user: User,
  name: string,
): SeedOrganization {
  const organization = findOrganization(environment, name);
  checkMembership(environment, user, organization);
  return organization;
}

/** Checks scopes against those that AuthKit has; returns what is wrong. */
export function findUnknownScope(scopes: readonly string[]): string | undefined {
  const unknown = scopes.find((scope) => !supportedScopes.includes(scope));
  return unknown === undefined
    ? undefined
    : `AuthKit has no scope "${unknown}".${suggest(unknown, supportedScopes)} forgeToken({ claims: { scope } }) takes any.`;
}

function chooseAudience(
  server: AuthorizationServer,
  client: ReturnType<TestClient>,
  resource: string | undefined,
): string {
  const requested = resource === undefined ? [] : [resource];
  const audience = resolveAudience(server, client, requested);
  if (audience.ok && (resource === undefined || audience.value === resource)) return audience.value;
  const known = server.features.resourceIndicators
    ? server.environment.resources.all().map(({ uri }) => uri)
    : [];
  throw new EmulatorError("unknown_resource", [
    {
      path: "resource",
      message: `"${resource}" is not a registered resource indicator, so AuthKit issues no token for it.${suggest(resource ?? "", known)} The option resource registers one.`,
    },
  ]);
}

function readTokenInput(input: TokenInput): {
  readonly as: string | undefined;
  readonly organization: string | undefined;
  readonly resource: string | undefined;
  readonly scopes: readonly string[];
  readonly expiresInSeconds: number | undefined;
} {
  const read = readArgument(input, "token()", (reader) => ({
    as: reader.optionalText("as"),
    organization: reader.optionalText("organization"),
    resource: reader.optionalText("resource"),
    scopes: reader.optionalTexts("scopes") ?? DEFAULT_SCOPES,
    expiresInSeconds: reader.optionalValue(
      "expiresInSeconds",
      isPositiveInteger,
      "a whole number of seconds above 0. For a token that has expired, use advance() or forgeToken()",
    ),
  }));
  const problem = findUnknownScope(read.scopes);
  if (problem === undefined) return read;
  throw new EmulatorError("invalid_argument", [{ path: "scopes", message: problem }]);
}
