// #region v1
import type { OAuthTokens } from "@modelcontextprotocol/sdk/shared/auth.js";

/** The part of your `OAuthClientProvider` that keeps tokens. */
interface KeepsTokens {
  tokens(): OAuthTokens | undefined | Promise<OAuthTokens | undefined>;
  saveTokens(tokens: OAuthTokens): void | Promise<void>;
}

/** A `fetch` for the transport of SDK 1.x: forgets the refresh token when the server asks for more scopes. */
export function fetchForStepUp(provider: KeepsTokens) {
  return async (url: string | URL, init?: RequestInit): Promise<Response> => {
    const response = await fetch(url, init);
    const challenge = response.headers.get("www-authenticate") ?? "";
    if (response.status === 403 && challenge.includes('error="insufficient_scope"')) {
      const tokens = await provider.tokens();
      if (tokens !== undefined) {
        const { refresh_token: _, ...rest } = tokens;
        await provider.saveTokens(rest);
      }
    }
    return response;
  };
}
// #endregion v1
