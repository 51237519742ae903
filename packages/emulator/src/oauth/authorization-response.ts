import type { AuthorizationServer } from "./authorization-server.js";
import type { OAuthRefusal } from "./oauth-error.js";
import { addParameters } from "../http/redirect-uri.js";

/** Where an authorization response goes: a redirect URI that was matched before, and the client's `state`. */
export interface ResponseTarget {
  readonly redirectUri: string;
  readonly state: string | undefined;
}

/** The address that carries a code back to the client (RFC 6749 section 4.1.2), with `iss` when that is on (RFC 9207). */
export function codeLocation(
  server: AuthorizationServer,
  target: ResponseTarget,
  code: string,
): string {
  return addParameters(target.redirectUri, {
    code,
    state: target.state,
    iss: issuerParameter(server),
  });
}

/** The address that carries a refusal back to the client (RFC 6749 section 4.1.2.1). */
export function refusalLocation(
  server: AuthorizationServer,
  target: ResponseTarget,
  refusal: OAuthRefusal,
): string {
  return addParameters(target.redirectUri, {
    error: refusal.error,
    error_description: refusal.description,
    state: target.state,
    iss: issuerParameter(server),
  });
}

function issuerParameter(server: AuthorizationServer): string | undefined {
  return server.features.issuerParameter ? server.issuer() : undefined;
}
