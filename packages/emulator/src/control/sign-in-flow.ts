import { createHash } from "node:crypto";
import type { Client } from "../clients/client.js";
import { EmulatorError } from "../emulator-error.js";
import {
  findActiveOrganizations,
  type Environment,
  type User,
} from "../environment/environment.js";
import type { AuthorizationServer } from "../oauth/authorization-server.js";
import type { SeedOrganization } from "../seed/seed.js";
import { createSecret } from "../secrets/secret.js";
import { readArgument } from "./arguments.js";
import { findApplication, findUser } from "./lookup.js";
import { readPage, type Page } from "./page.js";
import type { TestClient } from "./test-client.js";
import { findUnknownScope, findMemberOrganization } from "./token.js";

/** Who signs in, and what they answer. */
export interface SignInInput {
  /** A user's e-mail address, full name or ID. */
  readonly as: string;
  /** An organization's name or ID; needed for a user with several active memberships. */
  readonly organization?: string | undefined;
  /** An OAuth application's name or client ID, a registered client's ID or a metadata document's URL. */
  readonly client?: string | undefined;
  /** The `resource` parameter (RFC 8707); when left out, the client sends none. */
  readonly resource?: string | undefined;
  /** `openid profile email offline_access` when left out. */
  readonly scopes?: readonly string[] | undefined;
  /** `allow` when left out. */
  readonly consent?: "allow" | "deny" | undefined;
}

/** The tokens of a sign-in. */
export interface SignedIn {
  /** The access token, as a client sends it. */
  readonly accessToken: string;
  /** There with the scope `offline_access`. */
  readonly refreshToken?: string;
  /** The ID token; there with the scope `openid`. */
  readonly idToken?: string;
  /** Uses up the refresh token. @throws {EmulatorError} `sign_in_refused` with the token endpoint's reason. */
  refresh(): Promise<SignedIn>;
}

/** The emulator as an HTTP client reaches it. */
export interface SignInDesk {
  readonly server: AuthorizationServer;
  readonly testClient: TestClient;
  readonly fetch: typeof fetch;
}

const DEFAULT_SCOPES: readonly string[] = ["openid", "profile", "email", "offline_access"];

/**
 * Runs the authorization code flow through the emulator's own endpoints: PKCE, authorize, pages, consent and token.
 *
 * @throws {EmulatorError} `sign_in_refused` with the reason where the authorization server refuses, `unknown_…` or
 * `not_a_member` where the flow cannot begin.
 */
export async function signIn(desk: SignInDesk, input: SignInInput): Promise<SignedIn> {
  const { server } = desk;
  const read = readSignIn(input);
  const user = findUser(server.environment, read.as);
  const organization = chooseOrganization(server.environment, user, read.organization);
  const client = await findClient(desk, read.client);
  const [redirectUri = ""] = client.redirectUris;
  const verifier = createSecret();
  const state = createSecret();
  const query = new URLSearchParams({
    response_type: "code",
    client_id: client.id,
    redirect_uri: redirectUri,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    scope: read.scopes.join(" "),
    state,
    ...(read.resource === undefined ? {} : { resource: read.resource }),
  });
  const location = await answerPages(desk, query, {
    user: user.id,
    organization: organization?.id ?? "",
    decision: read.consent,
  });
  const code = readCode(location, redirectUri, state);
  return requestTokens(desk, client, {
    grant_type: "authorization_code",
    redirect_uri: redirectUri,
    code,
    code_verifier: verifier,
  });
}

interface Answers {
  readonly user: string;
  readonly organization: string;
  readonly decision: "allow" | "deny";
}

/** Finds the organization of a sign-in: the named one, the only one, or none. */
function chooseOrganization(
  environment: Environment,
  user: User,
  name: string | undefined,
): SeedOrganization | undefined {
  if (name !== undefined) return findMemberOrganization(environment, user, name);
  const [only, ...others] = findActiveOrganizations(environment, user.id);
  if (others.length === 0) return only;
  const names = [only, ...others].map((one) => one?.name).join(", ");
  const message = `organization is missing: ${user.email} has to choose one. Known: ${names}.`;
  throw new EmulatorError("invalid_argument", [{ path: "organization", message }]);
}

/** Opens the authorization endpoint and posts each page's form, until a page leads back to the client. */
async function answerPages(
  { fetch, server }: SignInDesk,
  query: URLSearchParams,
  answers: Answers,
): Promise<string> {
  const issuer = server.issuer();
  let response = await fetch(`${issuer}/oauth2/authorize?${query.toString()}`);
  const cookie = response.headers
    .getSetCookie()
    .map((one) => one.split(";")[0])
    .join("; ");
  const answered = new Set<string | undefined>();
  for (;;) {
    const page = await readPage(response);
    if (page.location !== null) return page.location;
    if (page.form === undefined || answered.has(page.name)) throw refused(page);
    answered.add(page.name);
    response = await fetch(new URL(page.form.action, issuer), {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", cookie },
      body: new URLSearchParams({
        ...page.form.fields,
        ...answerTo(page, answers),
      }).toString(),
    });
  }
}

function answerTo({ name }: Page, answers: Answers): Readonly<Record<string, string>> {
  if (name === "sign-in") return { user: answers.user };
  if (name === "organization") return { organization: answers.organization };
  return { decision: answers.decision };
}

/** Reads the authorization response, which only counts at the client's address with the client's state. */
function readCode(location: string, redirectUri: string, state: string): string {
  const { searchParams } = new URL(location);
  const code = searchParams.get("code");
  const isOurs = location.startsWith(`${redirectUri}?`) && searchParams.get("state") === state;
  if (isOurs && code !== null) return code;
  throw refusal(
    searchParams.get("error") ?? "invalid_response",
    searchParams.get("error_description") ?? "The authorization response is not for this request.",
  );
}

async function requestTokens(
  desk: SignInDesk,
  client: Client,
  form: Readonly<Record<string, string>>,
): Promise<SignedIn> {
  const { credentials, id } = client;
  const response = await desk.fetch(`${desk.server.issuer()}/oauth2/token`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      ...form,
      client_id: id,
      ...(credentials.kind === "public" ? {} : { client_secret: credentials.secret }),
    }).toString(),
  });
  const answer = await readAnswer(response);
  const { access_token: accessToken, id_token: idToken, refresh_token: refreshToken } = answer;
  if (accessToken === undefined) {
    throw refusal(answer["error"] ?? `HTTP ${response.status}`, answer["error_description"] ?? "");
  }
  return {
    accessToken,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(idToken === undefined ? {} : { idToken }),
    async refresh() {
      if (refreshToken === undefined) {
        throw refusal("invalid_grant", "A refresh token needs the scope offline_access.");
      }
      return requestTokens(desk, client, {
        grant_type: "refresh_token",
        refresh_token: refreshToken,
      });
    },
  };
}

async function readAnswer(
  response: Response,
): Promise<Readonly<Record<string, string | undefined>>> {
  try {
    return (await response.json()) as Readonly<Record<string, string | undefined>>;
  } catch {
    throw refusal(`HTTP ${response.status}`, "The token endpoint answered without JSON.");
  }
}

async function findClient(
  { server, testClient }: Pick<SignInDesk, "server" | "testClient">,
  text: string | undefined,
): Promise<Client> {
  if (text === undefined) return testClient();
  const known = await server.clients(text);
  if (known.ok && known.client.machine === undefined) return known.client;
  if (known.ok || URL.canParse(text)) {
    const message = known.ok
      ? "A machine-to-machine application signs no user in: use machineToken()."
      : known.message;
    throw new EmulatorError("unknown_application", [{ path: "client", message }]);
  }
  const { clientId } = findApplication(server.environment, "oauth", text);
  return findClient({ server, testClient }, clientId);
}

function readSignIn(input: SignInInput): {
  readonly as: string;
  readonly organization: string | undefined;
  readonly client: string | undefined;
  readonly resource: string | undefined;
  readonly scopes: readonly string[];
  readonly consent: "allow" | "deny";
} {
  const read = readArgument(input, "signIn()", (reader) => ({
    as: reader.text("as"),
    organization: reader.optionalText("organization"),
    client: reader.optionalText("client"),
    resource: reader.optionalText("resource"),
    scopes: reader.optionalTexts("scopes") ?? DEFAULT_SCOPES,
    consent: reader.optionalChoice("consent", ["allow", "deny"]) ?? "allow",
  }));
  const problem = findUnknownScope(read.scopes);
  if (problem === undefined) return read;
  throw new EmulatorError("invalid_argument", [{ path: "scopes", message: problem }]);
}

function refused({ alert, status }: Page): EmulatorError {
  return refusal(`HTTP ${status}`, alert ?? "The sign-in cannot go on.");
}

function refusal(error: string, description: string): EmulatorError {
  const message = description === "" ? `${error}.` : `${error}: ${description}`;
  return new EmulatorError("sign_in_refused", [{ path: "", message }]);
}
