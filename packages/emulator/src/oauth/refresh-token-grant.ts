import type { Client } from "../clients/client.js";
import { findActiveOrganizations } from "../environment/environment.js";
import type { AuthorizationServer } from "./authorization-server.js";
import type { Grant } from "./grant.js";
import { accept, refuse, type OAuthResult } from "./oauth-error.js";
import type { Parameters } from "./parameters.js";
import { checkBoundResource } from "./resource-indicator.js";
import { narrowScope } from "./scope.js";
import { issueUserTokens, type TokenResponse } from "./token-response.js";

/**
 * Exchanges a refresh token for new tokens (RFC 6749 section 6).
 *
 * Every use rotates it, and the use of an old one revokes the family (RFC 9700 section 4.14.2). A request that is
 * refused for its scope or resource leaves the token usable.
 */
export async function exchangeRefreshToken(
  server: AuthorizationServer,
  client: Client,
  form: Parameters,
): Promise<OAuthResult<TokenResponse>> {
  const presented = form.get("refresh_token");
  if (presented === undefined) return refuse("invalid_request", "The refresh_token is missing.");
  const lookup = server.families.find(presented);
  if (lookup.kind === "replayed") server.families.revoke(lookup.familyId);
  if (lookup.kind !== "current" || lookup.grant.clientId !== client.id) {
    return refuse(
      "invalid_grant",
      "The refresh token is unknown, expired, revoked, used already or another client's.",
    );
  }
  const { familyId, grant } = lookup;
  const scopes = narrowScope(grant.scopes, form.get("scope"));
  if (!scopes.ok) return scopes;
  const audience = checkBoundResource(server, grant.audience, form.all("resource"));
  if (!audience.ok) return audience;
  if (!isStillAllowed(server, grant)) {
    server.families.revoke(familyId);
    return refuse(
      "invalid_grant",
      "The person is no longer there, is no longer in the organization, or has withdrawn the consent.",
    );
  }
  const refreshToken = server.families.nextRefreshToken(familyId);
  return accept(
    await issueUserTokens(server, {
      familyId,
      grant,
      scopes: scopes.value,
      refreshToken,
      nonce: undefined,
    }),
  );
}

function isStillAllowed(
  { environment, consents }: AuthorizationServer,
  { userId, organizationId, consentId }: Grant,
): boolean {
  if (environment.users.find(userId) === undefined || !consents.isGiven(consentId)) return false;
  return (
    organizationId === undefined ||
    findActiveOrganizations(environment, userId).some(({ id }) => id === organizationId)
  );
}
