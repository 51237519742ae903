import { Browser, createPkce, type Pkce } from "./browser.js";
import type { Emulator } from "../../src/index.js";

export const ada = "user_01K0ADA0000000000000000000";
export const grace = "user_01K0GRACE00000000000000000";
export const alan = "user_01K0A1AN000000000000000000";
export const acme = "org_01K0ACME000000000000000000";
export const globex = "org_01K0G10BEX0000000000000000";
export const environmentClientId = "client_01K0ENV1R0NMENT00000000000";
export const callback = "http://127.0.0.1:5555/callback";

/** Whatever a server sends: the assertion on it says what it has to be. */
export type Json = ReturnType<typeof JSON.parse>;

export interface JsonAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, Json>;
}

async function answerOf(response: Response): Promise<JsonAnswer> {
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === "" ? {} : JSON.parse(text),
  };
}

export async function get(
  emulator: Emulator,
  path: string,
  headers: Record<string, string> = {},
): Promise<JsonAnswer> {
  return answerOf(await emulator.fetch(new Request(`${emulator.url}${path}`, { headers })));
}

export async function postForm(
  emulator: Emulator,
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<JsonAnswer> {
  const body = new URLSearchParams(fields);
  const type = { "content-type": "application/x-www-form-urlencoded" };
  const request = new Request(`${emulator.url}${path}`, {
    method: "POST",
    headers: { ...type, ...headers },
    body: body.toString(),
  });
  return answerOf(await emulator.fetch(request));
}

export async function postJson(
  emulator: Emulator,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<JsonAnswer> {
  const request = new Request(`${emulator.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return answerOf(await emulator.fetch(request));
}

/** Registers a public client. */
export async function register(
  emulator: Emulator,
  metadata: Record<string, unknown> = {},
): Promise<string> {
  const answer = await postJson(emulator, "/oauth2/register", {
    client_name: "Test Client",
    redirect_uris: [callback],
    token_endpoint_auth_method: "none",
    ...metadata,
  });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  return String(answer.body["client_id"]);
}

export function authorizePath(
  clientId: string,
  pkce: Pkce,
  parameters: Record<string, string | undefined> = {},
): string {
  const all: Record<string, string | undefined> = {
    response_type: "code",
    client_id: clientId,
    redirect_uri: callback,
    code_challenge: pkce.challenge,
    code_challenge_method: "S256",
    state: "the-state",
    ...parameters,
  };
  const present = Object.entries(all).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return `/oauth2/authorize?${new URLSearchParams(present).toString()}`;
}

export interface Authorization {
  readonly code: string;
  readonly pkce: Pkce;
  readonly callback: URL;
}

/** Signs a person in, chooses Acme where there is a choice, allows, and comes back with the code. */
export async function authorize(
  emulator: Emulator,
  clientId: string,
  options: {
    user?: string;
    organization?: string;
    parameters?: Record<string, string | undefined>;
  } = {},
): Promise<Authorization> {
  const pkce = createPkce();
  const browser = new Browser(emulator);
  await browser.open(authorizePath(clientId, pkce, options.parameters));
  await browser.submit({ user: options.user ?? ada });
  if (browser.page.name === "organization")
    await browser.submit({ organization: options.organization ?? acme });
  await browser.submit({ decision: "allow" });
  const location = new URL(browser.page.location ?? "missing:");
  return { code: location.searchParams.get("code") ?? "", pkce, callback: location };
}

export async function exchange(
  emulator: Emulator,
  clientId: string,
  authorization: Authorization,
  fields: Record<string, string> = {},
): Promise<JsonAnswer> {
  return postForm(emulator, "/oauth2/token", {
    grant_type: "authorization_code",
    client_id: clientId,
    redirect_uri: callback,
    code: authorization.code,
    code_verifier: authorization.pkce.verifier,
    ...fields,
  });
}

export async function refresh(
  emulator: Emulator,
  clientId: string,
  refreshToken: string,
  fields: Record<string, string> = {},
): Promise<JsonAnswer> {
  return postForm(emulator, "/oauth2/token", {
    grant_type: "refresh_token",
    client_id: clientId,
    refresh_token: refreshToken,
    ...fields,
  });
}

export function claimsOf(token: string): Record<string, Json> {
  return partOf(token, 1);
}

export function headerOf(token: string): Record<string, Json> {
  return partOf(token, 0);
}

function partOf(token: string, index: number): Record<string, Json> {
  const text = Buffer.from(token.split(".")[index] ?? "", "base64url").toString("utf8");
  return JSON.parse(text) as Record<string, Json>;
}
