import { applicationClaims, userClaims, type TokenTimes } from "../tokens/access-token.js";
import { idTokenClaims } from "../tokens/id-token.js";
import type { AuthorizationServer } from "./authorization-server.js";
import type { Grant } from "./grant.js";

/** A successful token response (RFC 6749 section 5.1). */
export interface TokenResponse {
  readonly access_token: string;
  readonly token_type: "Bearer";
  readonly expires_in: number;
  readonly scope: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
}

/** Issues the tokens of a grant: access token always, ID token with `openid`, refresh token when one is passed in. */
export async function issueUserTokens(
  server: AuthorizationServer,
  input: {
    readonly familyId: string;
    readonly grant: Grant;
    readonly scopes: readonly string[];
    readonly refreshToken: string | undefined;
    readonly nonce: string | undefined;
  },
): Promise<TokenResponse> {
  const { grant, scopes } = input;
  const times = tokenTimes(server);
  const claims = userClaims({ ...grant, scope: scopes.join(" ") }, times);
  server.families.adopt(String(claims["jti"]), input.familyId, Number(claims["exp"]) * 1000);
  const user = server.environment.users.find(grant.userId);
  const idToken =
    user !== undefined && scopes.includes("openid")
      ? await server.keys.sign(idTokenClaims({ ...grant, user, scopes, nonce: input.nonce }, times))
      : undefined;
  return {
    access_token: await server.keys.sign(claims),
    token_type: "Bearer",
    expires_in: server.accessTokenLifetime,
    scope: scopes.join(" "),
    ...(input.refreshToken === undefined ? {} : { refresh_token: input.refreshToken }),
    ...(idToken === undefined ? {} : { id_token: idToken }),
  };
}

/** Issues an application's own token; its audience is the environment client ID, whatever it asks for. */
export async function issueApplicationToken(
  server: AuthorizationServer,
  application: {
    readonly clientId: string;
    readonly organizationId: string;
    readonly scopes: readonly string[];
  },
): Promise<TokenResponse> {
  const scope = application.scopes.join(" ");
  const audience = server.environment.clientId;
  const claims = applicationClaims({ ...application, audience, scope }, tokenTimes(server));
  return {
    access_token: await server.keys.sign(claims),
    token_type: "Bearer",
    expires_in: server.accessTokenLifetime,
    scope,
  };
}

function tokenTimes(server: AuthorizationServer): TokenTimes {
  return { issuer: server.issuer(), now: server.now, lifetime: server.accessTokenLifetime };
}
