import { findActiveOrganizations, type User } from "../environment/environment.js";
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
  cookieFor,
  createInteractions,
  interactionPath,
  isSameBrowser,
  isUsableAddress,
  type Interaction,
  type Interactions,
} from "./interactions.js";
import { consentPage, errorPage, organizationPage, signInPage, type PageForm } from "./pages.js";

const startAgain =
  "This sign-in has expired, is finished already, or was started in another browser.";

const tooLong = "The authorization request is too long. Its state is the usual reason.";

interface Desk {
  readonly server: AuthorizationServer;
  readonly interactions: Interactions;
}

type InteractionEndpoint = (request: Request, id: string, state: string) => Promise<Response>;

/** The authorization endpoint and the pages behind it. */
export function createSignIn(server: AuthorizationServer): {
  readonly authorize: Endpoint;
  readonly showInteraction: InteractionEndpoint;
  readonly continueInteraction: InteractionEndpoint;
} {
  const desk: Desk = { server, interactions: createInteractions(server.now) };
  return {
    authorize: (request) => authorize(desk, request),
    showInteraction: (...given) => showInteraction(desk, ...given),
    continueInteraction: (...given) => continueInteraction(desk, ...given),
  };
}

async function authorize(desk: Desk, request: Request): Promise<Response> {
  const { server, interactions } = desk;
  const outcome = await readAuthorizationRequest(server, new URL(request.url).searchParams);
  if (outcome.kind === "stop") return errorPage(outcome.message);
  if (outcome.kind === "redirect") return seeOther(outcome.location);
  const interaction = interactions.start(outcome.request);
  if (!isUsableAddress(interactions.addressOf(interaction))) return errorPage(tooLong);
  return signInPage(
    createPageForm(desk, interaction),
    interaction.request,
    server.environment.users.all(),
    {
      cookie: cookieFor(interactions, interaction, server.issuer()),
    },
  );
}

/** Shows the page of an address again, for a person who reloads it. */
async function showInteraction(
  desk: Desk,
  request: Request,
  id: string,
  state: string,
): Promise<Response> {
  const interaction = findInteraction(desk, request, id, state);
  return interaction === undefined ? errorPage(startAgain) : showNextPage(desk, interaction);
}

/** Takes a posted form; what it may do depends on the form's step, and every step checks the ones before it. */
async function continueInteraction(
  desk: Desk,
  request: Request,
  id: string,
  state: string,
): Promise<Response> {
  const form = await readForm(request);
  if (!form.ok) return errorPage(form.description);
  const interaction = findInteraction(desk, request, id, state);
  if (interaction === undefined) return errorPage(startAgain);
  const formToken = desk.interactions.formToken(interaction);
  if (!isSameSecret(form.value.get("form_token") ?? "", formToken)) {
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

/** Finds an interaction that is not over, for the browser that started it. */
function findInteraction(
  { interactions }: Desk,
  request: Request,
  id: string,
  state: string,
): Interaction | undefined {
  const interaction = interactions.find(id, state);
  if (interaction === undefined) return undefined;
  const cookies = request.headers.get("cookie");
  return isSameBrowser(interactions, interaction, cookies) ? interaction : undefined;
}

function createPageForm({ interactions }: Desk, interaction: Interaction): PageForm {
  return {
    action: interactionPath(interactions, interaction),
    token: interactions.formToken(interaction),
  };
}

function takeUser(desk: Desk, interaction: Interaction, form: Parameters): Response {
  const { environment } = desk.server;
  const users = environment.users.all();
  const email = form.get("email")?.trim().toLowerCase();
  const user = users.find(
    (candidate) => candidate.id === form.get("user") || candidate.email.toLowerCase() === email,
  );
  const retry = (alert: string): Response =>
    signInPage(createPageForm(desk, interaction), interaction.request, users, { alert });
  if (user === undefined) return retry("No user in the seed has this e-mail address.");
  if (
    organizationChoices(desk, interaction, user).length === 0 &&
    interaction.request.organizationHint !== undefined
  ) {
    return retry(
      "This person is not an active member of the organization that the application asks for.",
    );
  }
  return showNextPage(desk, { ...interaction, userId: user.id, organization: undefined });
}

function takeOrganization(desk: Desk, interaction: Interaction, form: Parameters): Response {
  const user = findInteractionUser(desk, interaction);
  if (user === undefined) return showNextPage(desk, interaction);
  const organizations = organizationChoices(desk, interaction, user);
  const chosen = organizations.find(({ id }) => id === form.get("organization"));
  if (chosen !== undefined)
    return showNextPage(desk, { ...interaction, organization: { id: chosen.id } });
  const alert = "Choose one of your organizations.";
  return organizationPage(createPageForm(desk, interaction), user, organizations, alert);
}

function takeDecision(desk: Desk, interaction: Interaction, form: Parameters): Response {
  const { server, interactions } = desk;
  const { request, organization } = interaction;
  const user = findInteractionUser(desk, interaction);
  const decision = form.get("decision");
  if (
    user === undefined ||
    organization === undefined ||
    (decision !== "allow" && decision !== "deny")
  ) {
    return showNextPage(desk, interaction);
  }
  if (!interactions.finish(interaction)) return errorPage(startAgain);
  if (decision === "deny") {
    return seeOther(
      refusalLocation(server, request, refuse("access_denied", "The person denied the request.")),
    );
  }
  server.environment.users.update(user.id, { lastSignInAt: server.now() });
  startSession(desk, user.id, organization.id);
  const { client, scopes, resources, redirectUri, codeChallenge, nonce } = request;
  const organizationId = organization.id;
  server.registeredClients.keep(client.id);
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

/** Skips a choice between fewer than two, and shows the next page. */
function showNextPage(desk: Desk, interaction: Interaction): Response {
  const { users } = desk.server.environment;
  const user = findInteractionUser(desk, interaction);
  if (user === undefined)
    return signInPage(createPageForm(desk, interaction), interaction.request, users.all());
  const organizations = organizationChoices(desk, interaction, user);
  const organization =
    interaction.organization ??
    (organizations.length > 1 ? undefined : { id: organizations[0]?.id });
  const form = createPageForm(desk, { ...interaction, organization });
  if (organization === undefined) return organizationPage(form, user, organizations);
  return consentPage(
    form,
    interaction.request,
    user,
    organizations.find(({ id }) => id === organization.id),
  );
}

function findInteractionUser({ server }: Desk, { userId }: Interaction): User | undefined {
  return userId === undefined ? undefined : server.environment.users.find(userId);
}

function organizationChoices(
  { server }: Desk,
  interaction: Interaction,
  user: User,
): readonly SeedOrganization[] {
  const { organizationHint } = interaction.request;
  const organizations = findActiveOrganizations(server.environment, user.id);
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
