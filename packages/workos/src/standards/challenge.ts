import { isScope } from "./scope.js";

/** The error codes that a resource server may put into a challenge (RFC 6750 §3.1). */
export type BearerError = "invalid_request" | "invalid_token" | "insufficient_scope";

/** The parameters of one `WWW-Authenticate: Bearer` challenge. */
export interface Challenge {
  readonly error?: BearerError;
  /** Scopes that the request needs; leave out rather than send none. */
  readonly scopes?: readonly string[];
  /** Absolute URL of the protected resource metadata (RFC 9728 §5.1). */
  readonly resourceMetadata: string;
  readonly errorDescription?: string;
}

const DESCRIPTION = /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/;
const URI = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/**
 * Writes a `WWW-Authenticate` field value: the same bytes for the same challenge.
 *
 * The order (error, scope, resource_metadata, description last), the single
 * space and the quoting are what deployed clients can parse; a description
 * cannot smuggle a parameter in. Does NOT choose the parameters.
 *
 * @throws TypeError when a value holds a character that the grammar forbids:
 *   values come from this package and from the configuration, never from a request.
 * @see RFC 6750 §3, RFC 9728 §5.1
 */
export function writeChallenge(challenge: Challenge): string {
  const { error, scopes = [], resourceMetadata, errorDescription } = challenge;
  const parameters: string[] = [];
  if (error !== undefined) parameters.push(`error="${error}"`);
  if (scopes.length > 0) {
    for (const scope of scopes) demand(isScope(scope), "scope");
    parameters.push(`scope="${scopes.join(" ")}"`);
  }
  demand(URI.test(resourceMetadata), "resource_metadata");
  parameters.push(`resource_metadata="${resourceMetadata}"`);
  if (errorDescription !== undefined) {
    demand(DESCRIPTION.test(errorDescription), "error_description");
    parameters.push(`error_description="${errorDescription}"`);
  }
  return `Bearer ${parameters.join(", ")}`;
}

function demand(isGood: boolean, parameter: string): void {
  if (!isGood) {
    throw new TypeError(`The challenge parameter ${parameter} holds a character RFC 6750 forbids`);
  }
}
