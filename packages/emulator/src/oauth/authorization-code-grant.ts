import type { Client } from "../clients/client.js";
import type { AuthorizationServer } from "./authorization-server.js";
import { accept, refuse, type OAuthResult } from "./oauth-error.js";
import type { Parameters } from "./parameters.js";
import { provesCodeChallenge } from "./pkce.js";
import { checkBoundResource, resolveAudience } from "./resource-indicator.js";
import { issueUserTokens, type TokenResponse } from "./token-response.js";

/**
 * Exchanges an authorization code (RFC 6749 section 4.1.3, RFC 7636 section 4.5).
 *
 * The code is used up before anything else is looked at, so a wrong verifier costs the code. A second use revokes
 * every token that came from the first.
 */
export async function exchangeAuthorizationCode(
  server: AuthorizationServer,
  client: Client,
  form: Parameters,
): Promise<OAuthResult<TokenResponse>> {
  const secret = form.get("code");
  const redirectUri = form.get("redirect_uri");
  const verifier = form.get("code_verifier");
  if (secret === undefined) return refuse("invalid_request", "The code is missing.");
  if (verifier === undefined) return refuse("invalid_request", "The code_verifier is missing.");

  const redemption = server.codes.redeem(secret, client.id);
  if (redemption.kind === "replayed") server.families.revoke(redemption.familyId);
  if (redemption.kind !== "redeemed") {
    return refuse(
      "invalid_grant",
      "The code is unknown, expired, used already or another client's.",
    );
  }
  const { code, familyId } = redemption;
  // OAuth 2.1 section 10.2: a client need not repeat it, and OAuth 2.0 wants what is there to be the authorized one.
  if (redirectUri !== undefined && redirectUri !== code.redirectUri)
    return refuse("invalid_grant", "The redirect_uri is not the authorized one.");
  if (!provesCodeChallenge(verifier, code.codeChallenge)) {
    return refuse("invalid_grant", "The code_verifier does not match the code_challenge.");
  }
  const { approval, nonce, resources } = code;
  const authorized = resolveAudience(server, client, resources);
  if (!authorized.ok) return authorized;
  const audience = checkBoundResource(server, authorized.value, form.all("resource"));
  if (!audience.ok) return audience;

  const grant = { ...approval, audience: audience.value };
  server.families.start(familyId, grant);
  const isRefreshable =
    grant.scopes.includes("offline_access") && client.grantTypes.includes("refresh_token");
  const refreshToken = isRefreshable ? server.families.nextRefreshToken(familyId) : undefined;
  return accept(
    await issueUserTokens(server, { familyId, grant, scopes: grant.scopes, refreshToken, nonce }),
  );
}
