import type { Features } from "../seed/seed.js";
import { supportedScopes } from "./scope.js";

const authMethods: readonly string[] = ["none", "client_secret_post", "client_secret_basic"];

/** The authorization server metadata document (RFC 8414), with the members that AuthKit publishes. */
export function authorizationServerMetadata(
  issuer: string,
  features: Features,
): Record<string, unknown> {
  return {
    issuer,
    authorization_endpoint: `${issuer}/oauth2/authorize`,
    token_endpoint: `${issuer}/oauth2/token`,
    introspection_endpoint: `${issuer}/oauth2/introspection`,
    jwks_uri: `${issuer}/oauth2/jwks`,
    ...(features.dynamicClientRegistration
      ? { registration_endpoint: `${issuer}/oauth2/register` }
      : {}),
    ...(features.clientIdMetadataDocuments ? { client_id_metadata_document_supported: true } : {}),
    code_challenge_methods_supported: ["S256"],
    grant_types_supported: ["authorization_code", "refresh_token"],
    response_modes_supported: ["query"],
    response_types_supported: ["code"],
    scopes_supported: supportedScopes,
    token_endpoint_auth_methods_supported: authMethods,
    ...issuerParameterSupport(features),
  };
}

/**
 * The OpenID Connect discovery document as AuthKit publishes it.
 *
 * It lacks PKCE, registration and client ID metadata documents although the server has them: a client or a proxy that
 * reads only this document goes wrong with AuthKit, and must go wrong here too.
 */
export function openidConfiguration(issuer: string, features: Features): Record<string, unknown> {
  return {
    issuer,
    authorization_endpoint: `${issuer}/oauth2/authorize`,
    token_endpoint: `${issuer}/oauth2/token`,
    userinfo_endpoint: `${issuer}/oauth2/userinfo`,
    introspection_endpoint: `${issuer}/oauth2/introspection`,
    jwks_uri: `${issuer}/oauth2/jwks`,
    grant_types_supported: ["authorization_code", "client_credentials", "refresh_token"],
    id_token_signing_alg_values_supported: ["RS256"],
    response_modes_supported: ["query"],
    response_types_supported: ["code"],
    scopes_supported: supportedScopes,
    subject_types_supported: ["public"],
    token_endpoint_auth_methods_supported: authMethods,
    ...issuerParameterSupport(features),
  };
}

// RFC 9207 section 3: the flag must be there exactly when the parameter is sent.
function issuerParameterSupport(features: Features): Record<string, unknown> {
  return features.issuerParameter ? { authorization_response_iss_parameter_supported: true } : {};
}
