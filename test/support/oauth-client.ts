import { randomUUID } from "node:crypto";
import { signIn, type Choices, type Visit } from "./person.ts";

/**
 * The memory and the browser of an MCP client, in the shape that the official
 * SDKs, 1.x and 2.x, both take as their `OAuthClientProvider`.
 */
export class HeadlessOAuthClient {
  readonly redirectUrl = "http://127.0.0.1:33418/callback";
  readonly clientMetadataUrl: string | undefined;
  /** How often a person had to sign in, and with which authorization request. */
  readonly visits: { readonly request: URL; readonly visit: Visit }[] = [];
  /** Scopes that the person leaves of those asked for, where an authorization server lets them choose. */
  grants: (asked: readonly string[]) => readonly string[] = (asked) => asked;
  #choices: Choices;
  #state = "";
  #verifier = "";
  #client: { client_id: string } | undefined;
  #tokens: { access_token: string; token_type: string; refresh_token?: string } | undefined;
  #discovery: unknown;

  readonly #scope: string;

  /** @param scope what the client asks for by itself; empty for nothing. */
  constructor(
    choices: Choices,
    clientMetadataUrl?: string,
    scope = "openid profile email offline_access",
  ) {
    this.#choices = choices;
    this.clientMetadataUrl = clientMetadataUrl;
    this.#scope = scope;
  }

  get clientMetadata() {
    return {
      client_name: "Headless test client",
      redirect_uris: [this.redirectUrl],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
      ...(this.#scope === "" ? {} : { scope: this.#scope }),
    };
  }

  get callback(): URL {
    const last = this.visits.at(-1);
    if (last === undefined) throw new Error("No user has signed in yet");
    return last.visit.callback;
  }

  get accessToken(): string | undefined {
    return this.#tokens?.access_token;
  }

  get clientId(): string | undefined {
    return this.#client?.client_id;
  }

  state(): string {
    this.#state = randomUUID();
    return this.#state;
  }

  clientInformation() {
    return this.#client;
  }

  saveClientInformation(client: { client_id: string }): void {
    this.#client = client;
  }

  tokens() {
    return this.#tokens;
  }

  saveTokens(tokens: { access_token: string; token_type: string; refresh_token?: string }): void {
    this.#tokens = tokens;
  }

  get refreshToken(): string | undefined {
    return this.#tokens?.refresh_token;
  }

  /** From now on the person at the browser answers so. */
  choose(choices: Choices): void {
    this.#choices = choices;
  }

  /** Keeps the access token only. */
  forgetRefreshToken(): void {
    if (this.#tokens === undefined) throw new Error("There are no tokens yet");
    const { access_token, token_type } = this.#tokens;
    this.#tokens = { access_token, token_type };
  }

  /** Puts another access token in the place of the one it got, and keeps the refresh token. */
  replaceAccessToken(accessToken: string): void {
    if (this.#tokens === undefined) throw new Error("There are no tokens yet");
    this.#tokens = { ...this.#tokens, access_token: accessToken };
  }

  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }

  codeVerifier(): string {
    return this.#verifier;
  }

  discoveryState() {
    return this.#discovery as never;
  }

  saveDiscoveryState(state: unknown): void {
    this.#discovery = state;
  }

  invalidateCredentials(scope: "all" | "client" | "tokens" | "verifier" | "discovery"): void {
    if (scope === "all" || scope === "client") this.#client = undefined;
    if (scope === "all" || scope === "tokens") this.#tokens = undefined;
    if (scope === "all" || scope === "discovery") this.#discovery = undefined;
  }

  async redirectToAuthorization(url: URL): Promise<void> {
    const visit = await signIn(this.#narrowed(url), this.redirectUrl, this.#choices);
    this.visits.push({ request: url, visit });
    const { searchParams } = visit.callback;
    if (searchParams.get("state") !== this.#state) throw new Error("The state came back changed");
    const error = searchParams.get("error");
    if (error !== null) throw new Error(`${error}: ${searchParams.get("error_description")}`);
  }

  #narrowed(url: URL): URL {
    const asked = (url.searchParams.get("scope") ?? "").split(" ");
    const narrowed = new URL(url);
    const granted = this.grants(asked);
    if (granted.length < asked.length) narrowed.searchParams.set("scope", granted.join(" "));
    return narrowed;
  }
}
