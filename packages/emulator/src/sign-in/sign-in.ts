import { activeOrganizationsOf, type User } from "../environment/environment.js";
import { readAuthorizationRequest } from "../oauth/authorization-request.js";
import { codeLocation, refusalLocation } from "../oauth/authorization-response.js";
import type { AuthorizationServer, Endpoint } from "../oauth/authorization-server.js";
import { refuse } from "../oauth/oauth-error.js";
import { readForm, type Parameters } from "../oauth/parameters.js";
import { resolveAudience } from "../oauth/resource-indicator.js";
import type { SeedOrganization } from "../seed/seed.js";
import { createIdentifier } from "../secrets/identifier.js";
import { isSameSecret } from "../secrets/secret.js";
import {
  createInteractions,
  isSameBrowser,
  type Interaction,
  type Interactions,
} from "./interactions.js";
import { consentPage, errorPage, organizationPage, signInPage } from "./pages.js";

const startAgain =
  "This sign-in has expired, is finished already, or was started in another browser.";

interface Desk {
  readonly server: AuthorizationServer;
  readonly interactions: Interactions;
}

/** The authorization endpoint and the pages behind it. */
export function createSignIn(server: AuthorizationServer): {
  readonly authorize: Endpoint;
  readonly showInteraction: (request: Request, id: string) => Promise<Response>;
  readonly continueInteraction: (request: Request, id: string) => Promise<Response>;
} {
  const desk: Desk = { server, interactions: createInteractions(server.now) };
  return {
    authorize: (request) => authorize(desk, request),
    showInteraction: (request, id) => showInteraction(desk, request, id),
    continueInteraction: (request, id) => continueInteraction(desk, request, id),
  };
}

async function authorize({ server, interactions }: Desk, request: Request): Promise<Response> {
  const outcome = await readAuthorizationRequest(server, new URL(request.url).searchParams);
  if (outcome.kind === "stop") return errorPage(outcome.message);
  if (outcome.kind === "redirect") return seeOther(outcome.location);
  const interaction = interactions.start(outcome.request);
  return signInPage(interaction, server.environment.users.all(), {
    issuer: server.issuer(),
    isFirst: true,
  });
}

/** Shows the current page again, for a person who reloads it. */
async function showInteraction(desk: Desk, request: Request, id: string): Promise<Response> {
  const interaction = desk.interactions.find(id);
  if (interaction === undefined || !isSameBrowser(interaction, request.headers.get("cookie"))) {
    return errorPage(startAgain);
  }
  return showNextPage(desk, interaction);
}

/** Takes a posted form; what it may do depends on the form's step, and every step checks the ones before it. */
async function continueInteraction(desk: Desk, request: Request, id: string): Promise<Response> {
  const interaction = desk.interactions.find(id);
  const form = await readForm(request);
  if (!form.ok) return errorPage(form.description);
  if (interaction === undefined || !isSameBrowser(interaction, request.headers.get("cookie"))) {
    return errorPage(startAgain);
  }
  if (!isSameSecret(form.value.get("form_token") ?? "", interaction.formToken)) {
    return errorPage("This form was not made for this sign-in.", 403);
  }
  switch (form.value.get("step")) {
    case "sign-in":
      return takeUser(desk, interaction, form.value);
    case "organization":
      return takeOrganization(desk, interaction, form.value);
    case "consent":
      return takeDecision(desk, interaction, form.value);
    default:
      return errorPage("This form was not made for this sign-in.", 403);
  }
}

function takeUser(desk: Desk, interaction: Interaction, form: Parameters): Response {
  const { environment } = desk.server;
  const users = environment.users.all();
  const email = form.get("email")?.trim().toLowerCase();
  const user = users.find(
    (candidate) => candidate.id === form.get("user") || candidate.email.toLowerCase() === email,
  );
  const retry = (alert: string): Response =>
    signInPage(interaction, users, { alert, issuer: desk.server.issuer() });
  if (user === undefined) return retry("Nobody in the seed has this e-mail address.");
  if (
    organizationChoices(desk, interaction, user).length === 0 &&
    interaction.request.organizationHint !== undefined
  ) {
    return retry(
      "This person is not an active member of the organization that the application asks for.",
    );
  }
  const { id, formToken, browserToken, request } = interaction;
  return showNextPage(desk, { id, formToken, browserToken, request, userId: user.id });
}

function takeOrganization(desk: Desk, interaction: Interaction, form: Parameters): Response {
  const user = userOf(desk, interaction);
  if (user === undefined) return showNextPage(desk, interaction);
  const organizations = organizationChoices(desk, interaction, user);
  const chosen = organizations.find(({ id }) => id === form.get("organization"));
  if (chosen !== undefined)
    return showNextPage(desk, { ...interaction, organization: { id: chosen.id } });
  return organizationPage(interaction, user, organizations, "Choose one of your organizations.");
}

function takeDecision(desk: Desk, interaction: Interaction, form: Parameters): Response {
  const { server, interactions } = desk;
  const { request, organization } = interaction;
  const user = userOf(desk, interaction);
  const decision = form.get("decision");
  if (
    user === undefined ||
    organization === undefined ||
    (decision !== "allow" && decision !== "deny")
  ) {
    return showNextPage(desk, interaction);
  }
  if (interactions.finish(interaction.id) === undefined) return errorPage(startAgain);
  if (decision === "deny") {
    return seeOther(
      refusalLocation(server, request, refuse("access_denied", "The person denied the request.")),
    );
  }
  server.environment.users.update(user.id, { lastSignInAt: server.now() });
  startSession(desk, user.id, organization.id);
  const { client, scopes, resources, redirectUri, codeChallenge, nonce } = request;
  const organizationId = organization.id;
  const audience = resolveAudience(server, client, resources);
  const consentId = server.consents.give({
    userId: user.id,
    client,
    organizationId,
    scopes,
    resource: audience.ok ? audience.value : resources.join(" "),
  });
  const approval = { clientId: client.id, userId: user.id, organizationId, consentId, scopes };
  const code = server.codes.issue({ approval, resources, redirectUri, codeChallenge, nonce });
  return seeOther(codeLocation(server, request, code));
}

/** Sessions remembered; the oldest goes. */
const sessionLimit = 10_000;

function startSession({ server }: Desk, userId: string, organizationId: string | undefined): void {
  const { sessions } = server.environment;
  const [oldest, ...rest] = sessions.all();
  if (oldest !== undefined && rest.length + 1 >= sessionLimit) sessions.remove(oldest.id);
  sessions.insert({
    id: createIdentifier("session", server.now),
    userId,
    ...(organizationId === undefined ? {} : { organizationId }),
  });
}

/** Remembers how far the person came, skips a choice between fewer than two, and shows what is to be answered next. */
function showNextPage(desk: Desk, interaction: Interaction): Response {
  const { server, interactions } = desk;
  const user = userOf(desk, interaction);
  if (user === undefined) {
    return signInPage(interaction, server.environment.users.all(), { issuer: server.issuer() });
  }
  const organizations = organizationChoices(desk, interaction, user);
  const organization =
    interaction.organization ??
    (organizations.length > 1 ? undefined : { id: organizations[0]?.id });
  interactions.update(organization === undefined ? interaction : { ...interaction, organization });
  if (organization === undefined) return organizationPage(interaction, user, organizations);
  return consentPage(
    interaction,
    user,
    organizations.find(({ id }) => id === organization.id),
  );
}

function userOf({ server }: Desk, { userId }: Interaction): User | undefined {
  return userId === undefined ? undefined : server.environment.users.find(userId);
}

function organizationChoices(
  { server }: Desk,
  interaction: Interaction,
  user: User,
): readonly SeedOrganization[] {
  const { organizationHint } = interaction.request;
  const organizations = activeOrganizationsOf(server.environment, user.id);
  return organizationHint === undefined
    ? organizations
    : organizations.filter(({ id }) => id === organizationHint);
}

// RFC 9700 section 4.12: 303 turns the form's POST into a GET, so that no form reaches the client.
function seeOther(location: string): Response {
  return new Response(null, {
    status: 303,
    headers: { Location: location, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer" },
  });
}
