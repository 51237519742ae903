import { insertWellKnown, parseUrl } from "./url.js";

/** Authorization server metadata: the one member this package reads, the others untouched (RFC 8414 §2). */
export interface AuthorizationServerMetadata {
  readonly issuer: string;
  readonly [member: string]: unknown;
}

/** Well-known URI suffix of authorization server metadata (RFC 8414 §3). */
export const AUTHORIZATION_SERVER_SUFFIX = "oauth-authorization-server";

/** The URL at which the metadata of an issuer is found (RFC 8414 §3.1). */
export function authorizationServerMetadataUrl(issuer: string): string {
  return insertWellKnown(issuer, AUTHORIZATION_SERVER_SUFFIX);
}

/**
 * Returns whether a document may be passed on as the metadata of an issuer.
 *
 * Checks that it is an object, that its `issuer` is identical to the one asked
 * for, and that every endpoint and key set it names is on the issuer's origin, and
 * so over the issuer's transport, so that a poisoned document cannot send a client's
 * code or secret elsewhere. Does NOT check that any endpoint answers.
 *
 * @see RFC 8414 §3.3, RFC 9700 §4.4
 */
export function isIssuerMetadata(
  issuer: string,
  document: unknown,
): document is AuthorizationServerMetadata {
  if (typeof document !== "object" || document === null || Array.isArray(document)) return false;
  if (!("issuer" in document) || document.issuer !== issuer) return false;
  // They replace endpoints of the same name (RFC 8705 §5).
  const aliases = "mtls_endpoint_aliases" in document ? document.mtls_endpoint_aliases : {};
  if (typeof aliases !== "object" || aliases === null) return false;
  const { origin } = new URL(issuer);
  return [...Object.entries(document), ...Object.entries(aliases)].every(([member, value]) => {
    if (member !== "jwks_uri" && !member.endsWith("_endpoint")) return true;
    const url = typeof value === "string" ? parseUrl(value) : undefined;
    return url !== undefined && url.origin === origin;
  });
}
