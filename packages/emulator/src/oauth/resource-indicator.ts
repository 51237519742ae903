import type { ClientIdentity } from "../clients/client.js";
import type { AuthorizationServer } from "./authorization-server.js";
import { accept, refuse, type OAuthResult } from "./oauth-error.js";

/**
 * Decides the audience of an authorization from its `resource` parameters (RFC 8707 section 2), as AuthKit does.
 *
 * Without indicators `resource` is ignored and the audience is the environment client ID. With them, `resource` must
 * be a registered one, byte for byte; left out, a client that registered itself gets the default indicator. Asked when
 * a code is exchanged, not before: AuthKit lets the person sign in for an unregistered one (anthropics/claude-ai-mcp#271).
 */
export function resolveAudience(
  server: AuthorizationServer,
  client: ClientIdentity,
  requested: readonly string[],
): OAuthResult<string> {
  const indicators = listIndicators(server);
  if (indicators.length === 0) return accept(server.environment.clientId);
  const [resource, ...others] = requested;
  if (others.length > 0) return refuse("invalid_target", "Only one resource can be requested.");
  if (resource !== undefined) {
    if (indicators.some(({ uri }) => uri === resource)) return accept(resource);
    return refuse(
      "invalid_target",
      "The requested resource is not a registered resource indicator.",
    );
  }
  const isSelfDescribed =
    client.origin === "dynamic-registration" || client.origin === "metadata-document";
  const defaultIndicator = isSelfDescribed
    ? indicators.find((indicator) => indicator.default)
    : undefined;
  return accept(defaultIndicator?.uri ?? server.environment.clientId);
}

/** Checks the `resource` of a token request: it may repeat what was authorized, and cannot change it. */
export function checkBoundResource(
  server: AuthorizationServer,
  audience: string,
  requested: readonly string[],
): OAuthResult<string> {
  if (listIndicators(server).length === 0 || requested.every((resource) => resource === audience))
    return accept(audience);
  return refuse("invalid_target", "The requested resource is not the one that was authorized.");
}

function listIndicators(
  server: AuthorizationServer,
): readonly { readonly uri: string; readonly default: boolean }[] {
  return server.features.resourceIndicators ? server.environment.resources.all() : [];
}
