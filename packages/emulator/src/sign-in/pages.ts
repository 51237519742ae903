import { fullName, type User } from "../environment/environment.js";
import { isLoopbackHost } from "../http/loopback.js";
import type { AuthorizationRequest } from "../oauth/authorization-request.js";
import type { SeedOrganization } from "../seed/seed.js";
import { displayName, markup, type Markup } from "./markup.js";
import { pageResponse } from "./page-response.js";

/** Where a page's form is posted to, and the token that proves that it came from this server. */
export interface PageForm {
  readonly action: string;
  readonly token: string;
}

const scopeWords: Readonly<Record<string, string>> = {
  email: "See your e-mail address",
  offline_access: "Stay connected while you are away",
  openid: "Know who you are",
  profile: "See your name and picture",
};

/** Page 1: who is it? `alert` describes what was wrong with the last try; `cookie` is set when the page is the first. */
export function signInPage(
  form: PageForm,
  { client, loginHint }: AuthorizationRequest,
  users: readonly User[],
  { alert, cookie }: { readonly alert?: string; readonly cookie?: string } = {},
): Response {
  const isHinted = (user: User): boolean => user.email.toLowerCase() === loginHint?.toLowerCase();
  const people = users
    .toSorted((left, right) => Number(isHinted(right)) - Number(isHinted(left)))
    .slice(0, 50);
  const content = markup`<h1>Sign in</h1>
<p class="quiet">to continue to <b>${displayName(client.name)}</b></p>
${alertBox(alert)}
<form method="post" action="${form.action}">
${hiddenFields(form, "sign-in")}
<ul aria-label="People who can sign in">${people.map((user) => personChoice(user, isHinted(user)))}</ul>
</form>
<div class="divider">or</div>
<form method="post" action="${form.action}">
${hiddenFields(form, "sign-in")}
<label for="email">E-mail address</label>
<input id="email" name="email" type="email" autocomplete="username" required value="${loginHint ?? ""}">
<button class="button primary" type="submit">Continue</button>
</form>`;
  return pageResponse({
    name: "sign-in",
    title: "Sign in",
    content,
    status: alert === undefined ? 200 : 422,
    ...(cookie === undefined ? {} : { cookie }),
  });
}

/** Page 2, for people with several organizations: which one is the client to act in? */
export function organizationPage(
  form: PageForm,
  user: User,
  organizations: readonly SeedOrganization[],
  alert?: string,
): Response {
  const content = markup`<h1>Choose an organization</h1>
<p class="quiet">Signed in as <b>${user.email}</b></p>
${alertBox(alert)}
<form method="post" action="${form.action}">
${hiddenFields(form, "organization")}
<ul aria-label="Your organizations">${organizations.map(organizationChoice)}</ul>
</form>`;
  const status = alert === undefined ? 200 : 422;
  return pageResponse({ name: "organization", title: "Choose an organization", content, status });
}

/** Page 3: what the client wants, and where the answer will be sent. */
export function consentPage(
  form: PageForm,
  request: AuthorizationRequest,
  user: User,
  organization: SeedOrganization | undefined,
): Response {
  const name = displayName(request.client.name);
  const content = markup`<h1>Allow ${name} to use your account?</h1>
<p class="quiet">Signed in as <b>${user.email}</b>${organization === undefined ? undefined : markup` in <b>${organization.name}</b>`}</p>
<h2>${name} will be able to</h2>
<ul class="scopes">${request.scopes.map((scope) => markup`<li>${scopeWords[scope] ?? scope}</li>`)}</ul>
<dl>
${clientHost(request)}
<dt>You will be sent to</dt><dd>${redirectHost(request.redirectUri)}</dd>
</dl>
${loopbackWarning(request, name)}
<form method="post" action="${form.action}">
${hiddenFields(form, "consent")}
<div class="actions">
<button class="button" type="submit" name="decision" value="deny">Deny</button>
<button class="button primary" type="submit" name="decision" value="allow">Allow</button>
</div>
</form>`;
  return pageResponse({
    name: "consent",
    title: `Allow ${name}?`,
    content,
    formTarget: request.redirectUri,
  });
}

/** The end of the road: the message is ours and repeats nothing from the request. */
export function errorPage(message: string, status = 400): Response {
  const content = markup`<h1>This sign-in cannot continue</h1>
<p class="alert" role="alert">${message}</p>
<p class="quiet">Go back to the application and start again. If you are its developer, the sentence above says what to fix.</p>`;
  return pageResponse({ name: "error", title: "This sign-in cannot continue", content, status });
}

function hiddenFields({ token }: PageForm, step: string): Markup {
  return markup`<input type="hidden" name="form_token" value="${token}"><input type="hidden" name="step" value="${step}">`;
}

function alertBox(alert: string | undefined): Markup | undefined {
  return alert === undefined ? undefined : markup`<p class="alert" role="alert">${alert}</p>`;
}

function personChoice(user: User, isHinted: boolean): Markup {
  const name = fullName(user) ?? user.email;
  return markup`<li><button class="choice" type="submit" name="user" value="${user.id}"${isHinted ? markup` data-hinted` : undefined}><span class="avatar" aria-hidden="true">${toInitials(name)}</span><span><strong>${name}</strong><small>${user.email}</small></span></button></li>`;
}

function organizationChoice(organization: SeedOrganization): Markup {
  return markup`<li><button class="choice" type="submit" name="organization" value="${organization.id}"><span class="avatar square" aria-hidden="true">${toInitials(organization.name)}</span><span><strong>${organization.name}</strong><small>${organization.domains?.[0]}</small></span></button></li>`;
}

function toInitials(name: string): string {
  const words = name.split(/\s+/u).filter((word) => word !== "");
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends
    .map((word = "") => word.slice(0, Number(word.codePointAt(0)) > 0xffff ? 2 : 1).toUpperCase())
    .join("");
}

// A name proves nothing; the host of a metadata document is the client's own.
function clientHost({ client }: AuthorizationRequest): Markup | undefined {
  if (client.origin !== "metadata-document") return undefined;
  return markup`<dt>Application’s address</dt><dd>${new URL(client.id).host}</dd>`;
}

function redirectHost(redirectUri: string): string {
  const { protocol, host } = new URL(redirectUri);
  return protocol === "https:" || protocol === "http:"
    ? host
    : `an application on this device (${protocol})`;
}

function loopbackWarning(
  { client, redirectUri }: AuthorizationRequest,
  name: string,
): Markup | undefined {
  const { protocol, hostname } = new URL(redirectUri);
  if (client.origin !== "metadata-document" || protocol !== "http:" || !isLoopbackHost(hostname))
    return undefined;
  return markup`<p class="notice" role="note"><b>Check that you started this.</b> The answer goes to a program on this computer. Any program here can claim to be ${name}.</p>`;
}
